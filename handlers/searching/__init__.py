"""The search, as it is asked and answered."""
