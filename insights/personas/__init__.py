"""Personas: groups of people who behave alike, as many as hold up, named and described."""
