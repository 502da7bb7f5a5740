"""Metrics: each declared once, with what it needs and which way is better."""
