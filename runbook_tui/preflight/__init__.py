"""Checks of packages and targets: one check a file, one registry, one model of what they find."""
