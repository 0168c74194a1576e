"""Adapters: one pipeline a file."""
