"""Every build asked for since the claim's zero keeps its correlation id: no job of its parser, and no word to its
developer, goes by another that nobody gave.

params: none. Later attempts of builds that an earlier run asked for are not strangers.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen

_FIRST = "1"


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    if not closed:
        return None
    story = list(facts.of("job", since=claim.since))
    asked = {f.subject: f for f in story if f.data["event"] == "requested"}
    if not asked:
        return unseen("no build was asked for")
    parsers = {f.data["parser"] for f in asked.values()}
    jobs = [f for f in story if f.data["event"] == "created"]
    told = [f for f in facts.of("notification", since=claim.since) if f.data["channel"] == "developer"]
    strange = [
        f"job {f.data['job']} of {f.data['parser']} goes by {f.subject or 'no id'}"
        for f in jobs
        if f.data["parser"] in parsers and f.data["attempt"] == _FIRST and not _given(facts, f.subject)
    ]
    strange += [
        f"the developer of {f.data['text'].split()[0]} was told of {f.subject or 'no id'}"
        for f in told
        if f.data["text"].split()[:1] and f.data["text"].split()[0] in parsers and not _given(facts, f.subject)
    ]
    if strange:
        return missed("; ".join(strange[:10]) + ", which nobody asked for")
    own = [f for f in jobs if f.subject in asked]
    if not own:
        return unseen("no job was seen of any build that was asked for")
    heard = sum(f.subject in asked for f in told)
    return reached(claim, own[-1].at, f"{len(asked)} builds, in {len(own)} jobs and {heard} words to developers")


def _given(facts: History, correlation: str) -> bool:
    return any(f.data["event"] == "requested" for f in facts.of("job", correlation))
