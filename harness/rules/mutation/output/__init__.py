"""What is told of mutants, one form a file."""
