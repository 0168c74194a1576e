"""Sentences on faults."""

from __future__ import annotations

from pytest_bdd import parsers, when

from harness import builds, expectation
from harness.injection import EFFECT_LIMIT_S
from harness.scenario import Scenario
from steps.story import Story


@when(parsers.re(r"(?P<fault>[a-z0-9-]+) is injected$"))
def a_fault_is_injected(scenario: Scenario, story: Story, fault: str) -> None:
    _inject(scenario, story, fault, parser=story.parser)


@when(parsers.re(r'(?P<fault>[a-z0-9-]+) is injected as "(?P<form>[^"]+)"$'))
def a_fault_is_injected_as(scenario: Scenario, story: Story, fault: str, form: str) -> None:
    _inject(scenario, story, fault, parser=story.parser, form=form)


@when(parsers.re(r'(?P<fault>[a-z0-9-]+) is injected as "(?P<form>[^"]+)" for (?P<number>\d+) pushes$'))
def a_fault_is_injected_for_pushes(scenario: Scenario, story: Story, fault: str, form: str, number: str) -> None:
    injection = scenario.inject(fault, form=form, builds=int(number))
    story.effective_at = injection.injected_at


@when("parsers are made invalid and built:")
def parsers_are_made_invalid(scenario: Scenario, story: Story, datatable: list[list[str]]) -> None:
    for parser, form in datatable[1:]:
        builds.store(scenario, parser)
        _inject(scenario, story, "parser-invalid", parser=parser, form=form)
        story.invalid[parser] = builds.request(scenario, parser)


def _inject(scenario: Scenario, story: Story, fault: str, **parameters: str) -> None:
    injection = scenario.inject(fault, **parameters)
    injection.prove()
    scenario.expect(expectation.fault_effective(fault, EFFECT_LIMIT_S, since=injection.injected_at))
    story.effective_at = injection.effective_at or injection.injected_at
