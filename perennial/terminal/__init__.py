"""How verbs meet a person: options, printed lines, progress, words and errors."""
