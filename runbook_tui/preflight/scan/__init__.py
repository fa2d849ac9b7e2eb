"""Finds the lines of a tree that are worth a closer look: with ripgrep, or without it, slower."""
