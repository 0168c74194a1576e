"""Where third-party images come from."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.ground.images import Source, source_from


@pytest.mark.parametrize(
    ("environment", "source"),
    [
        ({}, Source(pull=False)),
        ({"IMAGES": ""}, Source(pull=False)),
        ({"IMAGES": "build", "IMAGES_MIRROR": "localhost:5000"}, Source(pull=False, mirror="localhost:5000")),
        ({"IMAGES": "pull"}, Source(pull=True)),
    ],
)
def test_source(environment: dict[str, str], source: Source) -> None:
    assert source_from(environment) == source


def test_other_words_are_refused() -> None:
    with pytest.raises(UsageError, match="IMAGES='push'"):
        source_from({"IMAGES": "push"})


def test_a_mirror_takes_the_place_of_the_registry() -> None:
    upstream = "registry.test/team/part:v1"
    assert Source(pull=True).reference(upstream) == upstream
    assert Source(pull=True, mirror="localhost:5000").reference(upstream) == "localhost:5000/team/part:v1"
