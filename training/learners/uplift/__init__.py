"""What is learnt about effects of actions."""
