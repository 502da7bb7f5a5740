"""MLflow: runs, registry, store."""
