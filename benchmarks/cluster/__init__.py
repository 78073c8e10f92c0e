"""What a fleet of many processes costs its tasks, and how fast its news travel."""
