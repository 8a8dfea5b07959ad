"""Files: their names, their types, and pictures."""
