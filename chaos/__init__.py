"""What can break: faults, and their use as a chaostoolkit extension."""
