"""How raw values are read: profiles of columns, casts, expressions."""
