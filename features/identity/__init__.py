"""Which records are one person, and from when that was known."""
