"""What doing something is worth, and on whose word: assumed, measured, or told for each customer by a model."""
