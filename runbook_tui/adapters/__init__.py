"""The outside world, each thing known in one place: git, processes, clocks."""
