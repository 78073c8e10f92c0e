"""How each family of calls writes answers, events and errors over HTTP."""
