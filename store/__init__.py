"""What Hearth keeps: one module per collection, plain coroutines over one Database."""
