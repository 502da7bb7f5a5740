"""What the values of a column give away, whatever its header says."""
