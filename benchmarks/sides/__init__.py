"""Who takes part in the comparison: each calls the same fake models, by its own means.

No side has a network: the models are functions of this process. Each module has one function that
makes a side for a `Setting`; one whose library is not there is reported as missing.
"""
