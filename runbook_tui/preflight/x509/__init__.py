"""Certificates: read, described, built to chains, held against rules."""
