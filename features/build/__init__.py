"""The one join: features of customers at cutoffs."""
