"""HTTP: application, bodies, protocol, keys, metrics."""
