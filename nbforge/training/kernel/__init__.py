"""What runs inside the user's kernel: it watches the notebook, and captures what scoring needs of it."""
