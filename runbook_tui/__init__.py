"""Drive a live upgrade from a versioned runbook; every decision is a git commit."""

__version__ = "0.1.0"
