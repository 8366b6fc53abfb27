"""The service under load beside others; ``python -m benchmarks.serving``."""
