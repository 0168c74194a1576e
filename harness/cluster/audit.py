"""Who changed what, from the API server's audit log, read through the node's log endpoint."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import msgspec
from kubernetes import client

from harness.cluster.answering import answering
from harness.errors import TargetError
from harness.target import ApiWrite

_TIMEOUT_S = 20
_FOLDER = "logs/kubernetes/"
_NEWEST = "audit.log"
_ROTATED = re.compile(rb"audit-[0-9T.-]+\.log")
"""As the API server names them: by the time, so that their order is that of their names."""
_WRITES = {"create", "update", "patch", "delete", "deletecollection"}


class _User(msgspec.Struct):
    username: str = ""


class _Object(msgspec.Struct):
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""


class _Status(msgspec.Struct):
    code: int = 0


class _Event(msgspec.Struct, rename="camel"):
    stage: str = ""
    verb: str = ""
    request_received_timestamp: str = ""
    stage_timestamp: str = ""
    user: _User = msgspec.field(default_factory=_User)
    impersonated_user: _User | None = None
    object_ref: _Object | None = None
    response_status: _Status | None = None
    user_agent: str = ""


def api_writes(api: client.ApiClient, since: float) -> list[ApiWrite]:
    """Successful writes since then (seconds since the epoch), oldest first.

    Raises TargetError, also when what is kept of the log does not go back so far.
    """
    core = client.CoreV1Api(api)
    with answering("the audit log"):
        node = core.list_node(_request_timeout=_TIMEOUT_S).items[0].metadata.name

        def get(name: str) -> bytes:
            answer = core.connect_get_node_proxy_with_path(
                node, _FOLDER + name, _preload_content=False, _request_timeout=_TIMEOUT_S
            )
            data: bytes = answer.data
            return data

        return list(read_writes(lines_since(get, since), since))


def lines_since(get: Callable[[str], bytes], since: float) -> list[bytes]:
    """All lines of the audit log since then, and some before: of its newest file, and of rotated ones if need be.

    `get` answers with a file of the log's folder, and with the folder's listing for "".

    Raises TargetError when no file that is kept goes back so far.
    """
    lines = get(_NEWEST).splitlines()
    if _goes_back_to(lines, since):
        return lines
    # Listed after the newest file was read: one that is rotated in between is read twice, rather than not at all.
    for name in sorted(set(_ROTATED.findall(get(""))), reverse=True):
        lines = [*get(name.decode()).splitlines(), *lines]
        if _goes_back_to(lines, since):
            return list(dict.fromkeys(lines))
    raise TargetError(
        f"the audit log that is kept does not go back to {datetime.fromtimestamp(since, UTC):%H:%M:%S} UTC",
        todo="raise audit-log-maxsize in clusters/kind.yaml",
    )


def _goes_back_to(lines: list[bytes], since: float) -> bool:
    """Whether the first event was written before then. What was received since is then in these lines, or later."""
    decoder = msgspec.json.Decoder(_Event)
    for line in lines:
        try:
            return datetime.fromisoformat(decoder.decode(line).stage_timestamp).timestamp() < since
        except (msgspec.MsgspecError, ValueError):
            continue
    return False


def read_writes(lines: list[bytes], since: float) -> Iterator[ApiWrite]:
    """The writes that audit log lines tell of. The last line may be half written: what is no event is passed over."""
    decoder = msgspec.json.Decoder(_Event)
    for line in lines:
        try:
            event = decoder.decode(line)
        except msgspec.MsgspecError:
            continue
        if event.stage != "ResponseComplete" or event.verb not in _WRITES or event.object_ref is None:
            continue
        at = datetime.fromisoformat(event.request_received_timestamp).timestamp()
        code = event.response_status.code if event.response_status else 0
        if at < since or not 200 <= code < 300:
            continue
        where = event.object_ref
        parts = [where.namespace, f"{where.resource}/{where.subresource}".rstrip("/"), where.name]
        yield ApiWrite(
            at=at,
            who=(event.impersonated_user or event.user).username,
            verb=event.verb,
            what="/".join(part for part in parts if part),
            agent=event.user_agent,
        )
