"""Visits on their way to payment: how far they go, where they stop, what changed and what that costs."""
