"""The report on one model: its sections and verdict."""
