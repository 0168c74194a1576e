"""An engine that hangs does not hang the ground: what it does in a moment has a limit."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

GROUND = Path(__file__).parents[3] / "harness" / "ground"
LONG = {"build", "commit", "cp", "import", "pull", "push"}
"""What takes as long as images are large and networks slow."""


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Each place in the ground that runs `docker`, with its command."""
    for path in sorted(GROUND.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="run"),
                    args=[ast.List(elts=[ast.Constant(value="docker"), ast.Constant(value=str(what)), *_])],
                ):
                    yield f"{path.name}:{node.lineno} docker {what}", node


FOUND = [pytest.param(call, id=name) for name, call in calls() if name.split()[-1] not in LONG]


@pytest.mark.parametrize("call", FOUND)
def test_what_takes_a_moment_has_a_limit(call: ast.Call) -> None:
    assert "timeout_s" in [keyword.arg for keyword in call.keywords]


def test_they_are_found() -> None:
    assert len(FOUND) > 5
