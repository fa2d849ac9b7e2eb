"""What a team's own command or package says about a target, made into findings."""
