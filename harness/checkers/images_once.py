"""The registry has exactly one image of each parser.

params: parsers. A tag is the parser's id, a dash and a number.
"""

from __future__ import annotations

from collections import Counter

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    if not closed:
        return None
    listed = facts.last("images")
    if listed is None or listed.at < claim.since:
        return unseen("the registry was not asked")
    tags = Counter(tag.rsplit("-", 1)[0] for tag in listed.data["tags"])
    wrong = [f"{parser} {tags[parser]} times" for parser in claim.params["parsers"] if tags[parser] != 1]
    if wrong:
        return missed(f"in the registry: {', '.join(wrong)}")
    return reached(claim, listed.at, f"{len(claim.params['parsers'])} images, one each")
