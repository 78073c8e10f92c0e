"""The command line: its commands tell their user themselves what the library would log."""

import logging

logging.getLogger("hive_resilience").addHandler(logging.NullHandler())
