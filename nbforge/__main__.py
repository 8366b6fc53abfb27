"""``python -m nbforge``."""

from nbforge.cli import main

main()
