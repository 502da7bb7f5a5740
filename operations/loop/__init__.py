"""Decide, act, learn on a made world, month by month, beside simpler rules and the true optimum."""
