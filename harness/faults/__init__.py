"""What every fault goes through, and what sees to it that none stays."""
