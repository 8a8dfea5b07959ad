"""Push: the devices on which people are told."""
