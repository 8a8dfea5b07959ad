"""The database: one module per collection, plain coroutines over one Database."""
