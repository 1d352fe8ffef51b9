"""What a bad link does to what passes over it. Pure: time is an argument, in nanoseconds, and randomness is given."""
