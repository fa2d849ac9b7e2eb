"""Which release this is."""

VERSION = "5.0.0"
SCHEMAS = (50,)
"""Schema versions this release runs on."""
