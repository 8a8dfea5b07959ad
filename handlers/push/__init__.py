"""Push: what reaches people's devices while no page of ours is open there."""
