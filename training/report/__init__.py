"""The report a reviewer opens: one file that fetches nothing, with plots that answer to the pointer."""
