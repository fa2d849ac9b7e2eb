"""Packages, read where they lie: nothing is executed, nothing is unpacked onto the disk."""
