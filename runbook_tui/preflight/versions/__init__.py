"""Versions: their order, which one is installed, and the legal ways from one to another."""
