"""The command `hive-resilience report`: what a fleet has done, as text, JSON or one page."""
