"""From what was gathered to a report: figures, incidents, findings, the other period."""
