"""TODO bonding."""
