"""What people look at. Values come in, text goes out; nothing here reads a notebook or starts anything."""
