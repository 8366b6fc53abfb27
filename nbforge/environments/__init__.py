"""Which Python runs what: the training environment, its overlay, the proof's environment. uv is used only here."""
