"""The cases' own files are data: pytest looks for tests in none of them."""

collect_ignore_glob = ["*/*"]
