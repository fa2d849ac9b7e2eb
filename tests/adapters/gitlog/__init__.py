"""The git log against the real git."""
