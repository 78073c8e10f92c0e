"""A task as one line of JSON, and its result as another."""
