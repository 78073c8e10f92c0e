"""What protection costs: `python -m benchmarks` measures it, `README.md` says what was found."""

import logging

# Models fail here on purpose, and writing that to a terminal would be measured too.
logging.getLogger("hive_resilience").addHandler(logging.NullHandler())
