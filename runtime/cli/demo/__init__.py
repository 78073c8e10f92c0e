"""A small model server for demonstrations, tests and benchmarks: no key, no network, no GPU."""
