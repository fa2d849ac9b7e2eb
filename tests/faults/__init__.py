"""Faults made for real: killed processes and cut power, with the log's promises counted after."""
