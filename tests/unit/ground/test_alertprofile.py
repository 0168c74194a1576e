"""Alert profiles by name."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.ground.alertprofile import factor_of


def test_production_is_not_scaled() -> None:
    assert factor_of("production") == 1
    assert factor_of("ci") > 1


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="ci, production"):
        factor_of("fast")
