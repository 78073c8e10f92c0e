"""Requests that ask a model: from the body to the task, and from its result to the answer."""
