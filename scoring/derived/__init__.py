"""Inputs that are no reduction over rows: computed from built columns and what was fitted on them."""
