"""What the verbs of a night do, and those that look at what a night left."""
