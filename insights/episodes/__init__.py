"""Episodes: stretches of days in which something at one place was otherwise than chance explains."""
