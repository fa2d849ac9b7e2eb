"""Messages to people: what is said to whom about a run, and whether it should be said so."""
