"""The table in docs/mutation.md is of the rules, tests and declarations that there are now.

The whole of it takes minutes (`make rules-mutate`): here, that no rule, mutant or declaration is missing in it.
"""

from __future__ import annotations

import re
from pathlib import Path

from harness.rules.mutation.declared import declarations, declared_for, unused
from harness.rules.mutation.generate import mutants
from harness.rules.mutation.judge import sound_tests
from harness.rules.mutation.killers import read_test
from harness.rules.mutation.routing import amtool, read_expected, read_routing, route_mutants, sound_routes
from harness.rules.mutation.source import read_source
from harness.rules.promtool import promtool
from tests.unit.rules.mutation.test_routing import needs_amtool
from tests.unit.rules.mutation.writing import needs_promtool

ROOT = Path(__file__).parents[4]
RULES = ROOT / "clusters" / "reference" / "rules"
TABLE = (ROOT / "docs" / "mutation.md").read_text()
ROW = re.compile(
    r"^\| `(.+)` \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) % \|$", re.MULTILINE
)


def test_the_table_counts_the_mutants_there_are() -> None:
    source = read_source(str(RULES / "sre-001.yaml"))
    now: dict[str, int] = {}
    routes = [each.mutant for each in route_mutants(read_routing(str(RULES / "alertmanager.yaml")))]
    for mutant in [*mutants(source), *routes]:
        now[mutant.rule] = now.get(mutant.rule, 0) + 1
    assert {row[0]: int(row[1]) for row in ROW.findall(TABLE)} == now


def test_the_table_adds_up_and_what_is_equivalent_is_declared() -> None:
    source = read_source(str(RULES / "sre-001.yaml"))
    known, wrong = declarations(source.file, source.text, [(each.rule.line, each.last) for each in source.rules])
    made = mutants(source)
    assert (wrong, unused(known, made)) == ([], [])
    declared: dict[str, int] = {}
    for mutant in made:
        declaration = declared_for(mutant, known)
        if declaration is not None:
            declared[mutant.rule] = declared.get(mutant.rule, 0) + 1
            assert f"| {mutant.rule} | {mutant.name} |" in TABLE
            assert declaration.reason in TABLE
    for rule, *numbers in ROW.findall(TABLE):
        total, killed, _, _, _, equivalent, survived, percent = map(int, numbers)
        assert total == killed + equivalent + survived
        assert percent == int(100 * killed / (killed + survived)) >= 95
        assert equivalent == declared.get(rule, 0)


@needs_promtool
def test_the_reference_rules_pass_their_tests() -> None:
    program = promtool()
    assert program is not None
    test = read_test(str(RULES / "tests" / "sre-001.yaml"), read_source(str(RULES / "sre-001.yaml")))
    assert test is not None
    sound_tests(program, [test])


@needs_amtool
def test_the_reference_routes_tell_whom_they_are_to_tell() -> None:
    program = amtool()
    assert program is not None
    expected = read_expected(str(RULES / "tests" / "routes.yaml"))
    kept, notes = sound_routes(program, read_routing(str(RULES / "alertmanager.yaml")), expected)
    assert (kept, notes) == (expected, [])
