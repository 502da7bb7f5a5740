"""One plain definition a feature; importing a file of this folder registers its definitions with the oracle."""
