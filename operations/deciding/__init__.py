"""Decisions for everybody, their files, and what came of them."""
