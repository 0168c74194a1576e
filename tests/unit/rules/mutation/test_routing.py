"""Alertmanager's routes broken, and amtool's word on who is told then."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.rules.lint.yaml_tree import documents
from harness.rules.mutation.declared import declarations
from harness.rules.mutation.model import Fate, Kind
from harness.rules.mutation.routing import (
    Expected,
    amtool,
    judge_routes,
    read_expected,
    read_routing,
    receivers_of,
    route_mutants,
    seen_expected,
    sound_routes,
)
from harness.rules.mutation.run import read_run

BUNDLE = Path(__file__).parents[4] / "tests" / "bundles" / "pass-s3-access-denied"
CONFIG = """\
route:
  receiver: mail
  routes:
  - receiver: pager
    matchers:
    - severity="critical"
    - team=~"a|b"
    continue: true
  - matchers: [team="a"]
    receiver: chat
    # rules-mutate: equivalent route/removed because nobody minds
receivers:
- name: mail
- name: pager
  pagerduty_configs: [{routing_key: abc}]
- name: chat
  slack_configs: [{api_url: 'http://chat.example', channel: '#a'}]
"""
CRITICAL = {"alertname": "X", "severity": "critical", "team": "a"}
needs_amtool = pytest.mark.skipif(amtool() is None, reason="no amtool on PATH, and none can be had from Debian")


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "alertmanager.yaml"
    path.write_text(CONFIG)
    return str(path)


def expected(labels: dict[str, str], *receivers: str) -> Expected:
    return Expected(labels=labels, by="a file", kind=Kind.ROUTES, receivers=frozenset(receivers))


@needs_amtool
def test_every_mutant_is_yaml_and_all_but_declared_ones_are_killed(config: str) -> None:
    program = amtool()
    assert program is not None
    routing = read_routing(config)
    made = route_mutants(routing)
    for mutant in made:
        assert mutant.text != CONFIG
        assert list(documents(mutant.text))
    told = [
        expected(CRITICAL, "pager", "chat"),
        expected({**CRITICAL, "team": "b"}, "pager"),
        expected({**CRITICAL, "team": "c"}, "mail"),
        expected({"team": "a"}, "chat"),
        expected({"team": "b"}, "mail"),
    ]
    kept, notes = sound_routes(program, routing, told)
    assert (len(kept), notes) == (5, [])
    judged = judge_routes(program, routing, made, kept, [])
    assert {each.mutant.name for each in judged if each.fate is not Fate.KILLED} == set()
    assert {"route/continue-removed", "route/severity-dropped", "route/team-turned", "route/to-pager"} <= {
        each.mutant.name for each in judged
    }


@needs_amtool
def test_a_weak_expectation_lets_them_live_and_a_declaration_is_kept_until_one_kills(config: str) -> None:
    program = amtool()
    assert program is not None
    routing = read_routing(config)
    known, wrong = declarations(config, CONFIG, [(2, 3), (4, 8), (9, 11)])
    assert not wrong
    weak = judge_routes(program, routing, route_mutants(routing), [expected({"x": "y"}, "mail")], known)
    fates = {(each.mutant.line, each.mutant.name): each.fate for each in weak}
    assert fates[4, "route/severity-turned"] is Fate.SURVIVED
    assert fates[9, "route/removed"] is Fate.EQUIVALENT
    strict = judge_routes(program, routing, route_mutants(routing), [expected({"team": "a"}, "chat")], known)
    assert {(each.mutant.line, each.mutant.name): each.fate for each in strict}[
        9, "route/removed"
    ] is Fate.WRONGLY_DECLARED


@needs_amtool
def test_what_is_not_so_is_refused_from_a_file_and_told_of_a_run(config: str) -> None:
    program = amtool()
    assert program is not None
    routing = read_routing(config)
    with pytest.raises(UsageError, match=r"a file fails on .* as it is: .* goes to chat, pager"):
        sound_routes(program, routing, [expected(CRITICAL, "mail")])
    seen = Expected(labels=CRITICAL, by="run: one", kind=Kind.RUNS, channels=frozenset({"slack"}))
    kept, notes = sound_routes(program, routing, [seen])
    assert kept == []
    assert "not who was told then" in notes[0]


@needs_amtool
def test_what_amtool_refuses_is_not_judged() -> None:
    program = amtool()
    assert program is not None
    assert "refuses" in str(receivers_of(program, "route: {receiver: nobody}\nreceivers: []\n", CRITICAL))


def test_a_run_tells_over_which_channels_an_alert_was_told() -> None:
    run = read_run(str(BUNDLE))
    found = {each.labels["alertname"]: each.channels for each in seen_expected("run", run.facts, run.report)}
    assert found["BuildFailureRateHigh"] == {"pagerduty", "slack"}


@pytest.mark.parametrize("text", ["route: {}", "a: [", "groups: []"])
def test_what_is_no_configuration_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(UsageError, match=r"a\.yaml"):
        read_routing(str(tmp_path / "a.yaml"))


@pytest.mark.parametrize("text", ["- {labels: {a: b}}", "labels: {}", "- {labels: {a: b}, receivers: [x], other: 1}"])
def test_what_is_no_list_of_expectations_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "routes.yaml").write_text(text)
    with pytest.raises(UsageError, match=r"routes\.yaml"):
        read_expected(str(tmp_path / "routes.yaml"))
