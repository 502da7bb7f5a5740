"""What verbs about a shop's own data do."""
