"""The public Python API: what `import perennial as pn` offers."""
