"""TODO surfaces."""
