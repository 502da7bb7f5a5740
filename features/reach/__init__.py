"""How a customer may be and is best reached: allowed channels, best hours, logged sends."""
