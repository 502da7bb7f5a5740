"""What is learnt about channels: contact, and shares that add up to 1."""
