"""Sentences on faults."""

from __future__ import annotations

from pytest_bdd import parsers, when

from harness.running.story import Story
from harness.sentences import faults


@when(parsers.re(r"(?P<fault>[a-z0-9-]+) is injected$"))
def a_fault_is_injected(story: Story, fault: str) -> None:
    faults.inject(story, fault, {})


@when(parsers.re(r"(?P<fault>[a-z0-9-]+) of (?P<workload>\w+) is injected$"))
def a_fault_of_a_workload_is_injected(story: Story, fault: str, workload: str) -> None:
    faults.inject(story, fault, {"workload": workload})


@when("the fault is healed")
def the_fault_is_healed(story: Story) -> None:
    faults.heal(story)


@when(parsers.re(r'(?P<fault>[a-z0-9-]+) is injected as "(?P<form>[^"]+)"$'))
def a_fault_is_injected_as(story: Story, fault: str, form: str) -> None:
    faults.inject(story, fault, {"form": form})


@when(parsers.re(r'(?P<fault>[a-z0-9-]+) is injected as "(?P<form>[^"]+)" for (?P<number>\d+) pushes$'))
def a_fault_is_injected_for_pushes(story: Story, fault: str, form: str, number: str) -> None:
    faults.inject_unseen(story, fault, {"form": form, "builds": int(number)})


@when("parsers are made invalid and built:")
def parsers_are_made_invalid(story: Story, datatable: list[list[str]]) -> None:
    faults.build_invalid_parsers(story, dict(datatable[1:]))
