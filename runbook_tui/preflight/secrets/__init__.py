"""Tells secrets in files from what only looks like them."""
