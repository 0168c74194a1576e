"""What a rule may say, as data. What makes no sense is refused when the rule is put, never met at a request."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from chaos.proxy import registry_api, s3_api

LONGEST_S = 3600.0
"""No rule lives longer, whatever becomes of whoever put it."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_API_NAME = re.compile(r"[A-Z][A-Za-z0-9]{1,99}")

Glob = Annotated[str, Meta(min_length=1, max_length=1024)]
"""`*` any characters, `/` among them, `?` one, `[…]` one of; upper and lower case differ."""
Count = Annotated[int, Meta(ge=1, le=100_000)]
Milliseconds = Annotated[float, Meta(ge=0, le=120_000)]
Seconds = Annotated[float, Meta(gt=0, le=LONGEST_S)]


class RuleRefused(ValueError):
    """The rule makes no sense; the message says why."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class CallerMatch(_Strict, frozen=True):
    """Who asks. `ip` is an address or a network (10.244.0.0/24), the others are globs."""

    ip: str | None = None
    user_agent: Glob | None = None
    access_key: Glob | None = None
    role: Glob | None = None
    session: Glob | None = None


class Match(_Strict, frozen=True):
    """Which requests; what is left out matches all. `operations`: any of these."""

    service: Literal["s3", "sts", "iam", "ecr", "registry"]
    operations: Annotated[tuple[str, ...], Meta(max_length=50)] = ()
    bucket: Glob | None = None
    key: Glob | None = None
    repository: Glob | None = None
    reference: Glob | None = None
    caller: CallerMatch = CallerMatch()


class Always(_Strict, frozen=True, tag_field="policy", tag="always"):
    """On every request that matches."""


class First(_Strict, frozen=True, tag_field="policy", tag="first"):
    """On the first `count` requests that match."""

    count: Count


class Every(_Strict, frozen=True, tag_field="policy", tag="every"):
    """On every `nth` request that matches: with 3, the third, the sixth, …"""

    nth: Annotated[int, Meta(ge=2, le=100_000)]


class Probability(_Strict, frozen=True, tag_field="policy", tag="probability"):
    """On a share `p` of the requests that match; the same `seed` chooses the same ones."""

    p: Annotated[float, Meta(gt=0, lt=1)]
    seed: int


class TokenBucket(_Strict, frozen=True, tag_field="policy", tag="token-bucket"):
    """On requests that find the bucket empty.

    Attributes:
        rate_per_s: tokens a second that the bucket is filled with; a request that passes takes one.
        burst: tokens the bucket holds; it starts full.
        per: what has a bucket of its own.
    """

    rate_per_s: Annotated[float, Meta(gt=0, le=1_000_000)]
    burst: Count
    per: Literal["rule", "repository", "bucket", "caller"] = "rule"


When = Always | First | Every | Probability | TokenBucket

Style = Literal["aws-xml-s3", "aws-xml-query", "aws-json", "registry-bare", "registry-json"]
"""How the service writes its errors."""


class Error(_Strict, frozen=True, tag_field="kind", tag="error"):
    """Answer with an error in the service's own words; the service behind sees nothing of the request.

    Attributes:
        code, message: what the service says with this status where left out (see answers.WORDS).
        retry_after_s: adds a Retry-After header.
    """

    status: Annotated[int, Meta(ge=400, le=599)]
    style: Style
    code: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    message: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None
    retry_after_s: Annotated[int, Meta(ge=0, le=3600)] | None = None


class Latency(_Strict, frozen=True, tag_field="kind", tag="latency"):
    """Pass the request on later: by `ms`, and up to `jitter_ms` more, evenly spread by `seed`."""

    ms: Milliseconds
    jitter_ms: Milliseconds = 0.0
    seed: int = 0


class Reset(_Strict, frozen=True, tag_field="kind", tag="reset"):
    """Cut the connection with a TCP reset before an answer."""


class Truncate(_Strict, frozen=True, tag_field="kind", tag="truncate"):
    """Pass the answer on, and end the connection after `after_bytes` of its body."""

    after_bytes: Annotated[int, Meta(ge=0, le=1 << 40)]


class Gate(_Strict, frozen=True, tag_field="kind", tag="gate"):
    """Hold requests until `count` of them wait, then let all go at once and stay open.

    Opens also `max_hold_s` after the first arrived. Rules after this one see a request when it is let go.
    """

    count: Annotated[int, Meta(ge=2, le=1000)]
    max_hold_s: Annotated[float, Meta(gt=0, le=600)]


Fault = Error | Latency | Reset | Truncate | Gate


class Rule(_Strict, frozen=True):
    """One rule. `owner` is the run that put it; it ends by itself after `ttl_s`."""

    owner: Annotated[str, Meta(min_length=1, max_length=200)]
    ttl_s: Seconds
    match: Match
    fault: Fault
    when: When = Always()


_STYLES: Final[dict[str, tuple[str, ...]]] = {
    "s3": ("aws-xml-s3",),
    "sts": ("aws-xml-query",),
    "iam": ("aws-xml-query",),
    "ecr": ("aws-json",),
    "registry": ("registry-bare", "registry-json"),
}
_FIELDS: Final = {"bucket": ("s3",), "key": ("s3",), "repository": ("registry",), "reference": ("registry",)}
_PER: Final = {"repository": "registry", "bucket": "s3"}
_DECODER = msgspec.json.Decoder(Rule)


def check_id(rule_id: str) -> None:
    """Raises RuleRefused for what cannot be a rule's id."""
    if not _ID.fullmatch(rule_id):
        raise RuleRefused(f"id {rule_id!r}: up to 100 letters, digits, dots, dashes and underscores")


def parse(body: bytes) -> Rule:
    """The rule written in `body`, JSON. Raises RuleRefused."""
    try:
        rule = _DECODER.decode(body)
    except msgspec.DecodeError as error:
        raise RuleRefused(str(error)) from error
    check(rule)
    return rule


def check(rule: Rule) -> None:
    """Raises RuleRefused for a rule whose parts do not fit together."""
    _check_match(rule.match)
    _check_when(rule.when, rule.match.service)
    _check_fault(rule)


def _check_match(match: Match) -> None:
    known = {"s3": s3_api.OPERATIONS, "registry": registry_api.OPERATIONS}.get(match.service)
    for operation in match.operations:
        if known is None and not _API_NAME.fullmatch(operation):
            raise RuleRefused(f"match.operations: {operation!r} is no name of an operation")
        if known is not None and operation not in known:
            raise RuleRefused(
                f"match.operations: {match.service} has no {operation!r}; one of: {', '.join(sorted(known))}"
            )
    for field, services in _FIELDS.items():
        if getattr(match, field) is not None and match.service not in services:
            raise RuleRefused(f"match.{field}: requests to {match.service} have none, only to {' and '.join(services)}")
    if match.caller.ip is not None:
        try:
            ipaddress.ip_network(match.caller.ip)
        except ValueError as error:
            raise RuleRefused(f"match.caller.ip: {error}") from error
    if match.service == "registry" and (match.caller.access_key or match.caller.role or match.caller.session):
        raise RuleRefused("match.caller: requests to the registry are not signed; match them by ip or user_agent")


def _check_when(when: When, service: str) -> None:
    if isinstance(when, TokenBucket) and _PER.get(when.per, service) != service:
        raise RuleRefused(f"when.per: requests to {service} have no {when.per}")


def _check_fault(rule: Rule) -> None:
    fault = rule.fault
    if isinstance(fault, Error):
        fitting = _STYLES[rule.match.service]
        if fault.style not in fitting:
            raise RuleRefused(
                f"fault.style: {rule.match.service} does not answer in {fault.style}, but in {' or '.join(fitting)}"
            )
        if fault.style == "registry-bare" and (fault.code or fault.message):
            raise RuleRefused("fault: registry-bare has neither code nor message; take registry-json")
    elif isinstance(fault, Latency):
        if fault.ms == 0 and fault.jitter_ms == 0:
            raise RuleRefused("fault.ms: a latency of 0 is no fault")
    elif isinstance(fault, Gate):
        if not isinstance(rule.when, Always):
            raise RuleRefused("when: a gate counts by itself; put the policy into a rule after it")
        if fault.max_hold_s > rule.ttl_s:
            raise RuleRefused(f"fault.max_hold_s: {fault.max_hold_s:g} is longer than the rule lives ({rule.ttl_s:g})")
