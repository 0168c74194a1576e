"""Who signed a request: the credential in its signature, and the role that STS gave that credential to."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

_KNOWN_AT_MOST = 4096
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[^/]*/[^/]*/([^/,\s]+)/aws4_request")
_SCOPE = re.compile(r"([^/]+)/[^/]*/[^/]*/([^/]+)/aws4_request")
_ACCESS_KEY = re.compile(rb"<AccessKeyId>([^<]+)</AccessKeyId>")
_ASSUMED = re.compile(rb"<Arn>arn:[^<]*:assumed-role/([^/<]+)/([^<]+)</Arn>")


class Credential(NamedTuple):
    """From a version 4 signature: the access key, and the service that the request was signed for."""

    access_key: str
    service: str


UNSIGNED = Credential("", "")


def credential(authorization: str, query: Mapping[str, str]) -> Credential:
    """The credential of an Authorization header, or of a presigned URL's query."""
    found = _CREDENTIAL.search(authorization) or _SCOPE.fullmatch(query.get("X-Amz-Credential", ""))
    return Credential(found[1], found[2]) if found else UNSIGNED


class AssumedRole(NamedTuple):
    """A role session: the role's name and the session's."""

    role: str
    session: str


UNKNOWN = AssumedRole("", "")


class Identities:
    """Role sessions by access key, as answers of STS named them. The oldest are forgotten."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, AssumedRole] = OrderedDict()

    def learn(self, answer: bytes) -> None:
        """Remember whom the answer to an AssumeRole call gave a key; nothing when it gave none."""
        key, assumed = _ACCESS_KEY.search(answer), _ASSUMED.search(answer)
        if key is None or assumed is None:
            return
        self._known[key[1].decode()] = AssumedRole(assumed[1].decode(), assumed[2].decode())
        if len(self._known) > _KNOWN_AT_MOST:
            self._known.popitem(last=False)

    def of(self, access_key: str) -> AssumedRole:
        """The role session of an access key, `UNKNOWN` when STS was not seen handing it out."""
        return self._known.get(access_key, UNKNOWN)
