"""Which release this is."""

VERSION = "4.2.0"
SCHEMAS = (42, 50)
"""Schema versions this release runs on. 50 only adds columns, so 4.2 can live with it."""
