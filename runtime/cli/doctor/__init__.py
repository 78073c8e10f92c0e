"""`hive-resilience doctor`: settings before the world, and what to mend."""
