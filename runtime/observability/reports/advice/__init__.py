"""Recommendations: each is a function of what was gathered, and says nothing of too little data."""
