"""The image registry behind the ECR address."""

from __future__ import annotations

import time

import requests

from harness.errors import TargetError
from harness.probe import Observation

_TIMEOUT_S = 10.0


class Registry:
    """Reads from the registry at `url`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ping(self) -> Observation:
        """Whether it answers as a registry does; the value is how long that took, in milliseconds."""
        began = time.monotonic()
        try:
            answer = requests.get(f"{self._url}/v2/", timeout=_TIMEOUT_S)
        except requests.RequestException as error:
            return Observation(value=None, accepted=False, detail=f"no answer: {error}")
        took_ms = (time.monotonic() - began) * 1000
        detail = f"status {answer.status_code} after {took_ms:.0f} ms"
        return Observation(value=took_ms, accepted=answer.status_code == requests.codes.ok, detail=detail)

    def tags(self, repository: str) -> list[str]:
        """All tags of a repository; none when it does not exist. Raises TargetError."""
        try:
            answer = requests.get(f"{self._url}/v2/{repository}/tags/list", timeout=_TIMEOUT_S)
            if answer.status_code == requests.codes.not_found:
                return []
            answer.raise_for_status()
            return sorted(answer.json()["tags"] or [])
        except (requests.RequestException, KeyError, ValueError) as error:
            raise TargetError(f"the registry at {self._url} did not list {repository}: {error}") from error
