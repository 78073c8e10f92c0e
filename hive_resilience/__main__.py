"""`python -m hive_resilience`: the same as the command `hive-resilience`."""

from .runtime.cli.main import main

if __name__ == "__main__":
    main()
