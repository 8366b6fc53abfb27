"""How a notebook looks to a build: rows for programs, a table, a page and a diagram for people."""
