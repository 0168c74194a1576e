"""Rules broken on purpose, one way at a time, and which tests notice it."""
