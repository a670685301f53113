"""Models built from published crystals: one module a kind of model."""
