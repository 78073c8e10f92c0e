"""What protection costs: `python -m benchmarks` measures it, `README.md` says what was found."""
