"""Training rows: cutoffs, labels, features, parameters."""
