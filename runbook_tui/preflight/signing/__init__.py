"""Signatures of packages: GPG, SSH and minisign, each against the keys that were given."""
