"""What a machine says of itself: space, memory, sockets, kernel, clock, zone, restarts."""
