"""What a paper measures, computed from a model: one module a measurement."""
