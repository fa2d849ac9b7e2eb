"""State to Content: pure functions that say how a run looks. They decide nothing."""
