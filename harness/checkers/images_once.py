"""The registry has exactly one image of each parser.

params: parsers. A tag is the parser's id, a dash and a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.claims import Claim, Finding, missed, reached, unseen
from harness.timeline import Fact


def check(claim: Claim, facts: Sequence[Fact], closed: bool) -> Finding | None:
    if not closed:
        return None
    listed = [f for f in facts if f.kind == "images" and f.at >= claim.since]
    if not listed:
        return unseen("the registry was not asked")
    tags = Counter(tag.rsplit("-", 1)[0] for tag in listed[-1].data["tags"])
    wrong = [f"{parser} {tags[parser]} times" for parser in claim.params["parsers"] if tags[parser] != 1]
    if wrong:
        return missed(f"in the registry: {', '.join(wrong)}")
    return reached(claim, listed[-1].at, f"{len(claim.params['parsers'])} images, one each")
