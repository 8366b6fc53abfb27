"""nbforge: from a tagged notebook to a proven scoring service."""

__version__ = "0.1.0"
