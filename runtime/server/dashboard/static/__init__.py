"""The page of the dashboard: files that the server sends as they are."""
