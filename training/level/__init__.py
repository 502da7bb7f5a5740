"""The level of a period: season, growth, stores opened or closed, told from the shop's own orders."""
