"""Reading notebooks and understanding them; nothing of the user's is run here."""
