"""What a model says: the format that training writes and serving reads, and the one scorer."""
