"""The log of a build's container has a line that matches.

params: correlation_id, container, pattern (a regular expression, searched in each line, case ignored). Of a log that
could not be read nothing is known.
"""

from __future__ import annotations

import re

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import unless_out_of_sight


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    pattern = re.compile(claim.params["pattern"], re.IGNORECASE)
    told = facts.of("log", claim.params["correlation_id"])
    lines = [f for f in told if f.data["container"] == claim.params["container"]]
    for fact in lines:
        if pattern.search(fact.data["line"]):
            return reached(claim, fact.at, fact.data["line"].strip()[:300])
    if not closed:
        return None
    if not lines:
        return unseen(f"no log of container {claim.params['container']} was seen")
    found = missed(f"no line says {claim.params['pattern']!r}; the last one: {lines[-1].data['line'].strip()[:300]}")
    return unless_out_of_sight(found, facts, "build-logs", claim.since)
