"""The commands `hive-resilience history ...`: what was recorded, as tables and files."""
