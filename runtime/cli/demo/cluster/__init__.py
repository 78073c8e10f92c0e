"""The demonstration of a cluster: one fleet in many processes, of which much is killed."""
