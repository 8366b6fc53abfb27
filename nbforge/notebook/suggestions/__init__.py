"""Which cells to tag, from what the notebook does; see :mod:`nbforge.notebook.suggest`."""
