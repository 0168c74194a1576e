"""Errors of the Kubernetes client as errors of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import urllib3
from kubernetes.client.exceptions import ApiException

from harness.errors import TargetError


@contextmanager
def answering(what: str) -> Iterator[None]:
    """Inside, a refusal or a silence of the API server becomes a TargetError that names `what` was asked for."""
    try:
        yield
    except ApiException as error:
        raise TargetError(
            f"the API server answered {error.status} {error.reason} for {what}", todo="make status"
        ) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise TargetError(f"the API server did not answer for {what}: {error}", todo="make status") from error
