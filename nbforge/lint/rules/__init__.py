"""One rule a file. Its name is the file's, its docstring its manual page; see :class:`nbforge.lint.model.Rule`."""
