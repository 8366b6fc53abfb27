"""Requests that nobody would send on purpose, and what a service may answer to them."""
