"""Reads and watches the cluster's API server over HTTPS, with the certificates of our own kubeconfig.

A full client library takes longer to import than a ready cluster takes to check.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import yaml

from harness.errors import GroundError

REQUEST_LIMIT_S = 10.0

Object = dict[str, Any]


class ObjectApi(Protocol):
    """Where objects are read from."""

    def read(self, path: str) -> Object | None:
        """The object or list at `path`; None when there is none."""

    def changes(self, path: str, version: str, limit_s: float) -> Iterator[tuple[str, Object]]:
        """(event type, object) of a list that change after `version`; ends after `limit_s`."""


class ApiServer:
    """One API server."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext) -> None:
        self._host = host
        self._port = port
        self._context = context

    @classmethod
    def of_kubeconfig(cls, path: Path) -> ApiServer:
        """The server of a kubeconfig with one cluster and one user. Raises GroundError when it is not like that."""
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise GroundError(f"no kubeconfig at {path}: {error.strerror}", todo="make up") from error
        try:
            config = yaml.safe_load(text)
            cluster = config["clusters"][0]["cluster"]
            user = config["users"][0]["user"]
            address = urlsplit(cluster["server"])
            authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
            identity = "".join(
                base64.b64decode(user[key]).decode() for key in ("client-certificate-data", "client-key-data")
            )
        except (yaml.YAMLError, KeyError, IndexError, TypeError, ValueError) as error:
            raise GroundError(
                f"{path} is not a kubeconfig that kind wrote: {error}", todo="make down, then make up"
            ) from error
        context = ssl.create_default_context(cadata=authority)
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(identity)
            file.flush()
            context.load_cert_chain(file.name)
        return cls(address.hostname or "", address.port or 443, context)

    def read(self, path: str) -> Object | None:
        """Raises GroundError when the server does not answer, or not with success or 404."""
        connection = self._connect(REQUEST_LIMIT_S)
        try:
            connection.request("GET", path, headers={"Accept": "application/json"})
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise GroundError(
                f"the API server of the cluster does not answer: {error}", todo="make down, then make up"
            ) from error
        finally:
            connection.close()
        if response.status == http.HTTPStatus.NOT_FOUND:
            return None
        if response.status != http.HTTPStatus.OK:
            raise GroundError(
                f"the API server answered {response.status} for {path}: {body[:200].decode(errors='replace')}"
            )
        found: Object = json.loads(body)
        return found

    def changes(self, path: str, version: str, limit_s: float) -> Iterator[tuple[str, Object]]:
        """Ends early when the server closes the stream; the caller lists and watches again."""
        connection = self._connect(limit_s)
        query = f"watch=true&resourceVersion={version}&timeoutSeconds={max(1, int(limit_s))}"
        try:
            connection.request("GET", f"{path}?{query}", headers={"Accept": "application/json"})
            response = connection.getresponse()
            while line := response.readline():
                event = json.loads(line)
                yield event["type"], event["object"]
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()

    def _connect(self, limit_s: float) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self._host, self._port, timeout=limit_s, context=self._context)


def await_all(
    api: ObjectApi,
    path: str,
    complaint: Callable[[Object], str | None],
    *,
    deadline: float,
    now: Callable[[], float] = time.monotonic,
) -> dict[str, str]:
    """Watch a list until `complaint` has none about any object, or until `deadline` (of `now`, seconds).

    Returns what was last complained about, by `namespace/name`: empty when all is well. A kind that the server
    does not know has no objects.
    """
    while True:
        listed = api.read(path)
        if listed is None:
            return {}
        objects = {_name(item): item for item in listed["items"]}
        while True:
            complaints = {name: text for name, item in objects.items() if (text := complaint(item)) is not None}
            if not complaints:
                return {}
            left = deadline - now()
            if left <= 0:
                return complaints
            events = api.changes(path, listed["metadata"]["resourceVersion"], left)
            if not _follow(events, objects, complaint, now, deadline):
                break


def _follow(
    events: Iterator[tuple[str, Object]],
    objects: dict[str, Object],
    complaint: Callable[[Object], str | None],
    now: Callable[[], float],
    deadline: float,
) -> bool:
    """Apply events to `objects` until nothing is complained about (True) or the stream ends (False)."""
    for kind, item in events:
        if kind in ("ADDED", "MODIFIED"):
            objects[_name(item)] = item
        elif kind == "DELETED":
            objects.pop(_name(item), None)
        elif kind == "ERROR":
            return False
        if all(complaint(each) is None for each in objects.values()):
            return True
        if now() > deadline:
            return False
    return False


def _name(item: Object) -> str:
    metadata = item["metadata"]
    return f"{metadata.get('namespace', '')}/{metadata['name']}"
