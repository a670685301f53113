"""``ionsmith analyze``: what asks a potential for energies, or compares them."""
