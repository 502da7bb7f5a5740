"""Trials on a shop's own customers: planned, dealt, checked and read, whenever somebody looks."""
