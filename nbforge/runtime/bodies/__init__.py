"""Request bodies, a format a file: bytes in, rows as they were sent out. Nothing is assumed about who sent them."""
