"""Decision records: what was asked, what was chosen and why, and when somebody looks again."""
