"""What is wrong with a notebook before it is built: one rule a file in ``rules/``, its docstring is its manual page."""
