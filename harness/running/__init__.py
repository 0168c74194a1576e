"""A run and its scenarios, from the lock to the last look."""
