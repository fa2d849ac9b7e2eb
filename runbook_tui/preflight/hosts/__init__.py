"""Tells addresses of other machines in files from what only looks like them."""
