"""Running notebooks: kernels, what they leave behind, and what is kept of it."""
