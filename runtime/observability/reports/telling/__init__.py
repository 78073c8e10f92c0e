"""A report as sections of words, and as text."""
