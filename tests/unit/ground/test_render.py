"""Placeholders in manifests."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.ground.render import render


def test_images_and_values_are_filled_in() -> None:
    text = "image: ${image:builder}\nname: ${queue}\nshell: $HOME $(date)"
    rendered = render(text, images={"builder": "chaos-harness/builder:1"}, values={"queue": "q"})
    assert rendered == "image: chaos-harness/builder:1\nname: q\nshell: $HOME $(date)"


@pytest.mark.parametrize(
    ("text", "named"), [("${image:biulder}", "image named 'biulder'"), ("${q}", "value named 'q'")]
)
def test_unknown_names_are_refused_with_their_file(text: str, named: str) -> None:
    with pytest.raises(UsageError, match=f"10-x.yaml: no {named}"):
        render(text, images={"builder": "b"}, values={}, source="10-x.yaml")
