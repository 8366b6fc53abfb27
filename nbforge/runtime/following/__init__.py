"""What is kept of an answered request: its predictions until their truth is known, and a log of them."""
