"""Fold by fold: models judged on cutoffs they have not seen."""
