"""Jobs that start by themselves: what crontabs and their relatives say, and when it falls."""
