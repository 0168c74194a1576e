"""What runs, watches and judges a chaos scenario. Imports neither `chaos` nor `steps`."""
