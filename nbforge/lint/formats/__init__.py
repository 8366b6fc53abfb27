"""How findings are told: one format a file, each with ``render(findings)``."""
