"""The night's work, step by step."""
