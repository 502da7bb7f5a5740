"""What is learnt about products: lists and their ranking."""
