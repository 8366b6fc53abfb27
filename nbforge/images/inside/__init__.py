"""Scripts that run inside a base image, with nothing but its own standard library; their text is handed to its
``python3``.
"""
