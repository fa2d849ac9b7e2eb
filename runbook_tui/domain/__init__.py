"""The pure core: no I/O, no clock, no terminal, no git."""
