"""Keys and tokens are masked before anything is written.

What is looked for: AWS access keys and secret keys, JSON web tokens, bearer and basic credentials, passwords in
URLs, and every string registered with `hide` (keys the run itself reads).
"""

from __future__ import annotations

import re
from typing import Any, TypeVar, cast

_MASK = "***"
_PATTERNS = (
    re.compile(r"\b(?:AKIA|ASIA|LKIA|LSIA)[A-Z0-9]{12,}\b"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    re.compile(r"(?i)(?<=bearer )[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(r"(?i)(?<=basic )[A-Za-z0-9+/=]{8,}"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s:@]+(?=@)"),
    re.compile(
        r"(?i)(?<![A-Za-z])((?:aws_)?secret(?:_access)?_key|session_?token|password|routing_key)"
        r"(?P<between>[\"']?\s*[=:]\s*[\"']?)(?P<value>[^\s\"',;&]{4,})"
    ),
)
_hidden: set[str] = set()

T = TypeVar("T")


def hide(secret: str) -> None:
    """Mask `secret` wherever it turns up from now on. Shorter than 8 characters is ignored: it would eat text."""
    if len(secret) >= 8:
        _hidden.add(secret)


def mask_text(text: str) -> str:
    """`text` with everything that looks like a credential replaced by ***."""
    for secret in _hidden:
        text = text.replace(secret, _MASK)
    for pattern in _PATTERNS:
        text = pattern.sub(_masked, text)
    return text


def _masked(match: re.Match[str]) -> str:
    if "value" not in match.re.groupindex:
        return _MASK
    return f"{match.group(1)}{match.group('between')}{_MASK}"


def mask(value: T) -> T:
    """The same plain data with every string masked."""
    return cast(T, _mask(value))


def _mask(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {key: _mask(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mask(item) for item in value]
    return value
