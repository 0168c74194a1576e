"""Keys and tokens are masked before anything is written.

What is looked for: AWS access keys and secret keys, JSON web tokens, private keys, bearer and basic credentials,
passwords in URLs, whatever stands under a name that says it is secret (`password`, `session_token`, `client_secret`,
a registry's `auth`, …) in JSON, YAML, XML, environments and plain data, and every string registered with `hide` (keys
the run itself reads).
"""

from __future__ import annotations

import re
import threading
from typing import Any, TypeVar, cast

_MASK = "***"
_SECRET = (
    r"(?:secret[_-]?(?:access[_-]?)?key|(?:session|security|access|refresh|auth|api)[_-]?token|pass(?:word|wd)|"
    r"routing[_-]?key|api[_-]?key|client[_-]?secret|client-key-data)"
)
"""Names of what is secret, as the end of a longer name too: AWS_SECRET_ACCESS_KEY, rabbitmqPassword."""
_QUOTE = r"(?:\\?[\"'])?"
"""A quotation mark, also inside a quoted string; or none."""
_PATTERNS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"\b(?:AKIA|ASIA|LKIA|LSIA)[A-Z0-9]{12,}\b"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    re.compile(r"(?i)(?<=bearer )[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(r"(?i)(?<=basic )[A-Za-z0-9+/=]{8,}"),
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),
    re.compile(rf"(?i)(?P<before>{_SECRET}{_QUOTE}\s*[=:>]\s*{_QUOTE})(?P<value>[^\s\"'\\,;&<}}]{{4,}})"),
    # Shorter names are words of ordinary text too: only what looks like a credential is taken.
    re.compile(rf"(?i)(?P<before>\btoken{_QUOTE}\s*[=:]\s*{_QUOTE})(?P<value>[\w.~+/=-]{{16,}})"),
    re.compile(r"(?P<before>\\?\"auth\\?\"\s*:\s*\\?\")(?P<value>[A-Za-z0-9+/=]{8,})"),
    # Environments: {"name": "DB_PASSWORD", "value": "…"}, in JSON and in YAML.
    re.compile(
        rf"(?i)(?P<before>name{_QUOTE}\s*:\s*{_QUOTE}[\w.-]*{_SECRET}{_QUOTE}\s*,?\s*{_QUOTE}value{_QUOTE}\s*:\s*{_QUOTE})"
        r"(?P<value>[^\s\"'\\,;}]+)"
    ),
)
_SECRET_NAME = re.compile(rf"(?i)[\w.-]*{_SECRET}")
_SHORTEST = 8
_PASSING = 128
"""So many short-lived secrets are remembered: far more than are in use at any time."""

# Replaced whole, never changed: any thread may be masking while another hides something more.
_changing = threading.Lock()
_standing: tuple[str, ...] = ()
_passing: tuple[str, ...] = ()

T = TypeVar("T")


def hide(secret: str, *, passing: bool = False) -> None:
    """Mask `secret` wherever it turns up from now on. Shorter than 8 characters is ignored: it would eat text.

    A `passing` one (a session's key) is forgotten when many others have come after it.
    """
    global _standing, _passing  # noqa: PLW0603 - what is secret is so for the whole process
    if len(secret) < _SHORTEST:
        return
    with _changing:
        if passing:
            _passing = (*_passing, secret)[-_PASSING:]
        elif secret not in _standing:
            _standing = (*_standing, secret)


def mask_text(text: str) -> str:
    """`text` with everything that looks like a credential replaced by ***."""
    for secret in (*_standing, *_passing):
        text = text.replace(secret, _MASK)
    for pattern in _PATTERNS:
        text = pattern.sub(_masked, text)
    return text


def _masked(match: re.Match[str]) -> str:
    return f"{match['before']}{_MASK}" if "before" in match.re.groupindex else _MASK


def mask(value: T) -> T:
    """The same plain data with every string masked."""
    return cast(T, _mask(value))


def _mask(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        secret = {"value"} if _is_secret(value.get("name")) else set()
        return {
            mask_text(key) if isinstance(key, str) else key: _MASK
            if isinstance(item, str) and item and (key in secret or _is_secret(key))
            else _mask(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_mask(item) for item in value]
    return value


def _is_secret(name: object) -> bool:
    return isinstance(name, str) and _SECRET_NAME.fullmatch(name) is not None
