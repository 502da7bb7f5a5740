"""Real retailers' data to try Perennial on, each prepared as a shop's folder."""
