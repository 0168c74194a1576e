"""An API server that keeps objects in memory, as far as the harness speaks to one without the client's models."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kubernetes import client


@dataclass
class ApiServer:
    """What it keeps: objects by path and name. `asked`: method and target of each request, `said`: the bodies."""

    api: client.ApiClient
    collections: dict[str, dict[str, dict[str, Any]]]
    asked: list[str] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def api_server(*collections: str) -> Iterator[ApiServer]:
    """A server of these collections; anything else is forbidden."""
    configuration = client.Configuration()
    kept = ApiServer(client.ApiClient(configuration), {path: {} for path in collections})
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Serving", (_Handler,), {"kept": kept}))
    configuration.host = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    kept: ApiServer

    def do_GET(self) -> None:
        self._serve(None)

    def do_DELETE(self) -> None:
        self._serve("application/json" if "Content-Length" in self.headers else None)

    def do_POST(self) -> None:
        self._serve("application/json")

    def do_PATCH(self) -> None:
        self._serve("application/merge-patch+json")

    def log_message(self, *_unused: object) -> None:
        return

    def _serve(self, content_type: str | None) -> None:
        self.kept.asked.append(f"{self.command} {self.path}")
        body: dict[str, Any] = {}
        if content_type is not None:
            assert self.headers["Content-Type"] == content_type
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.kept.said.append(body)
        url = urlsplit(self.path)
        folder, _, name = url.path.rpartition("/")
        above, _, owner = folder.rpartition("/")
        if url.path in self.kept.collections:
            self._collection(self.kept.collections[url.path], parse_qs(url.query).get("labelSelector", []), body)
        elif folder in self.kept.collections:
            self._object(self.kept.collections[folder], name, body)
        elif name == "scale" and above in self.kept.collections:
            self._object(self.kept.collections[above], owner, body)
        elif name == "log" and above in self.kept.collections:
            self._answer(200, "the first line\nthe last line\n")
        elif name == "token":
            self._answer(201, {"status": {"token": "a-token"}})
        else:
            self._answer(403, {"kind": "Status", "reason": "Forbidden"})

    def _collection(self, objects: dict[str, dict[str, Any]], selectors: list[str], body: dict[str, Any]) -> None:
        if self.command == "POST":
            known = body["metadata"]["name"] in objects
            if not known:
                objects[body["metadata"]["name"]] = body
            self._answer(409 if known else 201, body)
            return
        wanted = dict(pair.split("=") for selector in selectors for pair in selector.split(","))
        items = [found for found in objects.values() if wanted.items() <= found["metadata"]["labels"].items()]
        if self.command == "DELETE":
            # The one field that jobs are chosen by.
            items = [found for found in items if found.get("status", {}).get("succeeded") == 1]
            for found in items:
                del objects[found["metadata"]["name"]]
        self._answer(200, {"items": items})

    def _object(self, objects: dict[str, dict[str, Any]], name: str, body: dict[str, Any]) -> None:
        found = objects.get(name)
        if found is None:
            self._answer(404, {"kind": "Status", "reason": "NotFound"})
            return
        if self.command == "PATCH":
            found["spec"] |= body["spec"]
        elif self.command == "DELETE":
            uid = found["metadata"].get("uid")
            if body.get("preconditions", {}).get("uid", uid) != uid:
                self._answer(409, {"kind": "Status", "reason": "Conflict"})
                return
            del objects[name]
        self._answer(200, found)

    def _answer(self, status: int, body: dict[str, Any] | str) -> None:
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if isinstance(body, str) else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
