"""The fault proxy's admin API: rules, and what they did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
import requests

from harness.errors import TargetError

API_VERSION = "1"
_TIMEOUT_S = 3.0

T = TypeVar("T")


class ProxyCaller(msgspec.Struct, frozen=True):
    """Who sent a request; empty where it is not known."""

    ip: str = ""
    user_agent: str = ""
    access_key: str = ""
    role: str = ""
    session: str = ""


class ProxyCall(msgspec.Struct, frozen=True):
    """What a request asked for; empty where it does not apply."""

    caller: ProxyCaller
    service: str = ""
    operation: str = ""
    bucket: str = ""
    key: str = ""
    repository: str = ""
    reference: str = ""


class ProxyHit(msgspec.Struct, frozen=True):
    """A request that a rule matched.

    Attributes:
        at: seconds since the epoch, by the proxy's clock.
        outcome: "error", "delayed", "held", "reset", "truncated"; "passed" when the rule let it pass.
        waited_ms: how long the rule held or delayed it.
        status: of the response; None when there was none.
        error: why the service behind the proxy did not answer, "" when it did.
    """

    seq: int
    at: float
    rule: str
    owner: str
    call: ProxyCall
    outcome: str
    waited_ms: float
    status: int | None
    error: str = ""


class ProxyRule(msgspec.Struct, frozen=True):
    """A rule in force: `remaining_s` until it ends by itself, requests it acted on, let pass, and holds now."""

    id: str
    rule: dict[str, Any]
    remaining_s: float
    hits: int
    passes: int
    waiting: int

    @property
    def owner(self) -> str:
        """The run that put it."""
        return str(self.rule["owner"])


class ProxyVersion(msgspec.Struct, frozen=True):
    """Version of the API, and which start of the proxy this is."""

    version: str
    instance: str


class _Rules(msgspec.Struct, frozen=True):
    rules: list[ProxyRule]


class _Removed(msgspec.Struct, frozen=True):
    removed: list[str]


class _Page(msgspec.Struct, frozen=True):
    hits: list[ProxyHit]
    dropped: int
    last: int


class _Line(msgspec.Struct, frozen=True):
    dropped: int = 0


class FaultProxy:
    """A client with one kept-alive connection; use one per thread."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()

    def version(self) -> ProxyVersion:
        """Raises TargetError, also when the proxy speaks another version of the API."""
        version = self._call("GET", "/version", ProxyVersion)
        if version.version != API_VERSION:
            raise TargetError(
                f"the fault proxy at {self.url} speaks version {version.version}, not {API_VERSION}", todo="make up"
            )
        return version

    def put_rule(self, rule_id: str, rule: Mapping[str, Any]) -> None:
        """Put a rule in force, at the end; it replaces the one of the same id. Raises TargetError when refused."""
        self._call("PUT", f"/rules/{quote(rule_id, safe='')}", dict[str, Any], json=dict(rule))

    def delete_rule(self, rule_id: str) -> bool:
        """Take a rule away; answers whether it was there. Raises TargetError."""
        return bool(self._call("DELETE", f"/rules/{quote(rule_id, safe='')}", _Removed).removed)

    def delete_owned(self, owner: str) -> list[str]:
        """Take all rules of one run away; answers with their ids. Raises TargetError."""
        return self._call("DELETE", "/rules", _Removed, params={"owner": owner}).removed

    def rules(self) -> list[ProxyRule]:
        """The rules in force, in the order in which they act. Raises TargetError."""
        return self._call("GET", "/rules", _Rules).rules

    def last_seq(self) -> int:
        """Sequence number of the newest hit, 0 when there is none. Raises TargetError."""
        return self._call("GET", "/hits", _Page, params={"limit": "0"}).last

    def hits(self, after: int) -> list[ProxyHit]:
        """All hits after `after`. Raises TargetError, also when some of them are not kept any more."""
        found: list[ProxyHit] = []
        while True:
            page = self._call("GET", "/hits", _Page, params={"after": str(after)})
            self._refuse_gap(page.dropped)
            if not page.hits:
                return found
            found += page.hits
            after = page.hits[-1].seq

    def stream(self, after: int) -> Iterator[ProxyHit]:
        """Hits after `after`, as they happen, without end. Returns once the stream stands.

        Raises:
            TargetError: the proxy refused, or the stream was cut off, or hits were not kept until they could be sent;
                the last two while it is read.
        """
        try:
            response = requests.get(
                f"{self.url}/stream", params={"after": after}, stream=True, timeout=(_TIMEOUT_S, None)
            )
        except requests.RequestException as error:
            raise TargetError(f"the fault proxy's stream was cut: {error}") from error
        self._refuse_error(response)
        return self._hits_of(response)

    def _hits_of(self, response: requests.Response) -> Iterator[ProxyHit]:
        try:
            with response:
                # Chunks arrive whole, one a flush: a large size here does not wait for more.
                for line in response.iter_lines(chunk_size=64 * 1024):
                    self._refuse_gap(msgspec.json.decode(line, type=_Line).dropped)
                    yield msgspec.json.decode(line, type=ProxyHit)
        except (requests.RequestException, msgspec.MsgspecError) as error:
            raise TargetError(f"the fault proxy's stream was cut: {error}") from error
        raise TargetError("the fault proxy ended the stream")

    def _call(self, method: str, path: str, answer: type[T], **sent: Any) -> T:
        try:
            response = self._session.request(method, self.url + path, timeout=_TIMEOUT_S, **sent)
            self._refuse_error(response)
            return msgspec.json.decode(response.content, type=answer)
        except (requests.RequestException, msgspec.MsgspecError) as error:
            raise TargetError(
                f"the fault proxy at {self.url} did not answer {method} {path}: {error}", todo="make status"
            ) from error

    def _refuse_error(self, response: requests.Response) -> None:
        if not response.ok:
            raise TargetError(f"the fault proxy refused: {response.status_code} {response.text.strip()}")

    def _refuse_gap(self, dropped: int) -> None:
        if dropped:
            raise TargetError(f"{dropped} hits of the fault proxy were not kept; what it did is not wholly known")
