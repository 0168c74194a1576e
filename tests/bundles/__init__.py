"""Saved runs, one a folder, each with what judging it must find; tests/unit/test_bundles.py judges them."""
