"""Proofs of effect that several faults share."""

from __future__ import annotations

from harness.probe import Observation
from harness.target import Target


def access_refused(target: Target, parser_id: str) -> Observation:
    """Accepted when the builder's own identity can no longer read the parser."""
    access = target.parser_access(parser_id)
    return Observation(value=access.value, accepted=not access.accepted, detail=access.detail)
