"""What comes out of a run, as data and as files."""
