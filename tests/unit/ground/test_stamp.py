"""The stamp survives its way through the cluster; what is no stamp is none."""

from __future__ import annotations

import json

import pytest

from harness.ground.stamp import Stamp, manifest, stamp_in

STAMP = Stamp(
    ground="g", alert_profile="ci", alert_factor=10, documents={"a.yaml": "1"}, services={"s": "t"}, seeded="x"
)


def test_round_trip() -> None:
    applied = json.loads(manifest(STAMP))
    assert stamp_in(applied) == STAMP
    assert applied["data"]["alert-factor"] == "10"


@pytest.mark.parametrize(
    "found", [None, {}, {"data": None}, {"data": {"stamp.json": "{"}}, {"data": {"stamp.json": "{}"}}]
)
def test_anything_else_is_no_stamp(found: object) -> None:
    assert stamp_in(found) is None
