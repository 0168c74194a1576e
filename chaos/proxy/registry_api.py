"""The registry's HTTP API (OCI distribution): which operation a request is. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from chaos.proxy.call import Call

# Repositories may be nested, and may even have a component called "manifests": the last one is the API's.
_PATHS: Final = (
    (re.compile(r"/v2/?"), {"GET": "Ping", "HEAD": "Ping"}),
    (re.compile(r"/v2/_catalog"), {"GET": "Catalog"}),
    (re.compile(r"/v2/(?P<repository>.+)/tags/list"), {"GET": "ListTags"}),
    (
        re.compile(r"/v2/(?P<repository>.+)/manifests/(?P<reference>[^/]+)"),
        {"GET": "GetManifest", "HEAD": "HeadManifest", "PUT": "PutManifest", "DELETE": "DeleteManifest"},
    ),
    (re.compile(r"/v2/(?P<repository>.+)/blobs/uploads/?"), {"POST": "StartBlobUpload"}),
    (
        re.compile(r"/v2/(?P<repository>.+)/blobs/uploads/[^/]+"),
        {"PATCH": "PatchBlob", "PUT": "PutBlob", "GET": "GetBlobUpload", "DELETE": "CancelBlobUpload"},
    ),
    (
        re.compile(r"/v2/(?P<repository>.+)/blobs/(?P<reference>[^/]+)"),
        {"GET": "GetBlob", "HEAD": "HeadBlob", "DELETE": "DeleteBlob"},
    ),
)

OPERATIONS: Final = frozenset({"MountBlob", *(operation for _, methods in _PATHS for operation in methods.values())})
"""Every operation that `registry_call` can tell."""


def registry_call(method: str, path: str, query: Mapping[str, str]) -> Call:
    """The call; its operation is empty when it is none of OPERATIONS. `path`: as sent."""
    path = unquote(path)
    for pattern, methods in _PATHS:
        if found := pattern.fullmatch(path):
            operation = methods.get(method, "")
            if operation == "StartBlobUpload" and "mount" in query:
                operation = "MountBlob"
            named = found.groupdict()
            return Call(
                service="registry",
                operation=operation,
                repository=named.get("repository", ""),
                reference=named.get("reference") or query.get("digest") or query.get("mount", ""),
            )
    return Call(service="registry")
