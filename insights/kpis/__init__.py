"""KPIs, each declared once, over rows that know their places."""
