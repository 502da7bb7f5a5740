"""What to do: stages, actions, policy."""
