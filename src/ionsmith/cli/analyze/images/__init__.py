"""``ionsmith analyze``: images of electron microscopes, simulated and measured."""
