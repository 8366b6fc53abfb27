"""Whether a slice is enough: what its run shows to be missing, and its comparison with the whole notebook."""
