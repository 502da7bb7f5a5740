"""How a page looks: one file that fetches nothing, with plots that answer to the pointer."""
