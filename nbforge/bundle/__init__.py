"""A whole service as one directory: laid out, described, proven, served."""
