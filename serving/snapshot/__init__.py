"""The night's snapshot, and one customer recomputed."""
