"""Sentences on faults. Where a parser is meant and none is named it is the story's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.faults.injection import EFFECT_LIMIT_S, Injection
from harness.judging import expectation
from harness.judging.claims import Finding
from harness.running.story import Story
from harness.verbs import builds


def inject(story: Story, fault: str, parameters: Mapping[str, Any]) -> Finding:
    """Inject a fault and assume that it acts. Raises Unavailable when it cannot be had here."""
    injection = _injected(story, fault, parameters)
    injection.prove()
    found = story.scenario.expect(expectation.fault_effective(fault, EFFECT_LIMIT_S, since=injection.injected_at))
    story.effective_at = injection.effective_at or injection.injected_at
    return found


def inject_unseen(story: Story, fault: str, parameters: Mapping[str, Any]) -> None:
    """Inject a fault that cannot be seen to act before it is met. Raises Unavailable when it cannot be had here."""
    story.effective_at = _injected(story, fault, parameters).injected_at


def build_invalid_parsers(story: Story, forms: Mapping[str, str]) -> list[Finding]:
    """For each parser: store it, make it invalid in that form, and ask for its build."""
    found = []
    for parser, form in forms.items():
        builds.store(story.scenario, parser)
        found.append(inject(story, "parser-invalid", {"parser": parser, "form": form}))
        story.invalid[parser] = builds.request(story.scenario, parser)
    return found


def heal(story: Story) -> None:
    """Take back every fault of the scenario; a second time changes nothing."""
    story.scenario.heal()
    story.healed_at = story.scenario.run.timeline.clock.now()


def _injected(story: Story, fault: str, parameters: Mapping[str, Any]) -> Injection:
    given = {"parser": story.parser, **parameters} if story.parser else dict(parameters)
    injection = story.scenario.inject(fault, **given)
    story.injected_at = story.injected_at or injection.injected_at
    return injection
