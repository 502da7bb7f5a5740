"""Product tables at a cutoff: own and popular products, bought together, statistics."""
