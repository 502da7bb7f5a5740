"""What verbs about models and trials do."""
