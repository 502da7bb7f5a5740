"""Drafts a shop.toml from exports."""
