"""Commands on many hosts, against real servers."""
