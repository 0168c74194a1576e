"""Binds every feature. The module's name is what `pytest -k scenario` selects by."""

from pytest_bdd import scenarios

scenarios("../features")
