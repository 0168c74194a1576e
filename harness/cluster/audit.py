"""Who changed what, from the API server's audit log, read through the node's log endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
from kubernetes import client

from harness.cluster.answering import answering
from harness.target import ApiWrite

_TIMEOUT_S = 20
_LOG = "logs/kubernetes/audit.log"
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
    user: _User = msgspec.field(default_factory=_User)
    impersonated_user: _User | None = None
    object_ref: _Object | None = None
    response_status: _Status | None = None
    user_agent: str = ""


def api_writes(api: client.ApiClient, since: float) -> list[ApiWrite]:
    """Successful writes since then (seconds since the epoch), oldest first. Raises TargetError."""
    core = client.CoreV1Api(api)
    with answering("the audit log"):
        node = core.list_node(_request_timeout=_TIMEOUT_S).items[0].metadata.name
        answer = core.connect_get_node_proxy_with_path(node, _LOG, _preload_content=False, _request_timeout=_TIMEOUT_S)
        return list(read_writes(answer.data.splitlines(), since))


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
