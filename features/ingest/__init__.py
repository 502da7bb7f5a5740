"""Reads a retailer's own exports into canonical tables, checks every row, and keeps what it refuses with the reason."""
