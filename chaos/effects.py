"""Looks that several faults share: proofs that they act, controls that what they must leave alone is well."""

from __future__ import annotations

from harness.probe import Observation
from harness.target import Target
from harness.verbs.gate import CANARY


def access_refused(target: Target, parser_id: str) -> Observation:
    """Accepted when the builder's own identity can no longer read the parser."""
    access = target.parser_access(parser_id)
    return Observation(value=access.value, accepted=not access.accepted, detail=access.detail)


def other_parser_readable(target: Target) -> Observation:
    """Accepted while the builder's own identity can read a parser that nobody breaks: the canary."""
    access = target.parser_access(CANARY)
    return Observation(value=access.value, accepted=access.accepted, detail=f"{CANARY}: {access.detail}")


def registry_answers(target: Target) -> Observation:
    """Accepted while the registry answers as builds reach it."""
    return target.registry_access()
