"""Metrics, intervals and comparisons of what was judged."""
