"""Screens, each with one purpose."""
