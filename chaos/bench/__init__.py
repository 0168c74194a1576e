"""How fast faults act, end and stop, beside the tools people use today: `make bench-faults`."""
