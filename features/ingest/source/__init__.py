"""Where raw tables come from: shop.toml, files, databases."""
