"""The terminal interface: screens ask the session, present what it answers, decide nothing."""
