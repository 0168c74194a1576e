"""Each saved run in tests/bundles is judged as its expected.yaml says, without a cluster."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.judging.verdict import Verdict
from tests.bundles.expected import EXPECTED, Expected, found

BUNDLES = {path.parent.name: path.parent for path in (Path(__file__).parents[1] / "bundles").glob(f"*/{EXPECTED}")}


def test_there_are_bundles_of_each_sort() -> None:
    sorts = {"pass", "fail", "inconclusive", "aborted", "cut", "edited", "older"}
    assert sorts <= {name.split("-")[0] for name in BUNDLES}


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_it_is_judged_right(name: str) -> None:
    folder = BUNDLES[name]
    expected = msgspec.yaml.decode((folder / EXPECTED).read_bytes(), type=Expected)
    seen = found(folder)
    assert (seen.verdict, seen.exit_code) == (expected.verdict, expected.exit_code)
    assert expected.reason in seen.reason
    assert seen.claims.keys() == expected.claims.keys()
    for text, words in expected.claims.items():
        assert words in seen.claims[text], text
    assert (seen.verdict is Verdict.PASS) == name.startswith("pass-")


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_the_command_ends_as_expected(name: str) -> None:
    expected = msgspec.yaml.decode((BUNDLES[name] / EXPECTED).read_bytes(), type=Expected)
    assert CliRunner().invoke(main, ["judge", str(BUNDLES[name])]).exit_code == expected.exit_code
