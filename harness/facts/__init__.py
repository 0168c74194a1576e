"""What happened: recorded once, on one clock, read by everything that judges."""
