"""The report people read: facts, told in sentences, tables and charts of one language."""
