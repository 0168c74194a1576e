"""What a request asks for, and who asks: all that rules look at."""

from __future__ import annotations

import msgspec


class Caller(msgspec.Struct, frozen=True):
    """Who sent a request. Empty where it is not known.

    Attributes:
        ip: source address.
        user_agent: as sent.
        access_key: of the request's signature.
        role, session: of the assumed role that the access key belongs to.
    """

    ip: str = ""
    user_agent: str = ""
    access_key: str = ""
    role: str = ""
    session: str = ""


class Call(msgspec.Struct, frozen=True):
    """One request in the terms of the service it is for. Empty where it does not apply or is not known.

    Attributes:
        service: "s3", "sts", "iam", "ecr" or "registry".
        operation: the API's own name ("GetObject"), or one of registry_api.OPERATIONS.
        bucket, key: of S3, decoded.
        repository: of the registry.
        reference: tag or digest, of the registry.
        caller: who asks.
    """

    service: str = ""
    operation: str = ""
    bucket: str = ""
    key: str = ""
    repository: str = ""
    reference: str = ""
    caller: Caller = Caller()
