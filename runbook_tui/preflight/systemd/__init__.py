"""Units of systemd: their files, their names, their timers, and who names them."""
