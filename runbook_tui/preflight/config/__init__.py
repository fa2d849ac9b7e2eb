"""Configuration files as settings with their lines, and what a new version does to them."""
