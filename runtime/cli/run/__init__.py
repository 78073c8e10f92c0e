"""Tasks from JSON lines, results to JSON lines: what `hive-resilience run` does."""
