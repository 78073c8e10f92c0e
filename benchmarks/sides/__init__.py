"""The sides of the comparison: each calls the same fake models, by its own means.

No side has a network: the models are functions of this process. Each module has one function that
makes a side for a `Setting`; a side whose library is not there counts as missing.
"""
