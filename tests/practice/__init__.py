"""The practice lab, with its real processes, database and package."""
