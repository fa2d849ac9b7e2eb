"""The checks, one a file, each usable alone."""
