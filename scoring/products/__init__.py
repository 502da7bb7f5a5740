"""Which products come next: candidates, their columns, and the ranker."""
