"""A private mongod."""
