"""Build Jobs as data: the manifest of an attempt, and what a Job object says about its attempt.

The Jobs are the service's only memory. Labels find them, annotations hold what a restarted builder must know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from builder.classify import Category, Failure
from builder.events import BuildRequest
from builder.settings import JobSettings

PREFIX = "builds.notifi.network"
MANAGED_BY = "knative-lambda-builder"
SELECTOR = f"app.kubernetes.io/managed-by={MANAGED_BY}"

LABEL_PARSER = f"{PREFIX}/parser"
LABEL_CORRELATION = f"{PREFIX}/correlation-id"
LABEL_ATTEMPT = f"{PREFIX}/attempt"
LABEL_EVENT = f"{PREFIX}/event"

NOTE_CORRELATION = f"{PREFIX}/correlation-id"
NOTE_EVENT_ID = f"{PREFIX}/event-id"
NOTE_EVENT_SOURCE = f"{PREFIX}/event-source"
NOTE_RECEIVED_AT = f"{PREFIX}/received-at"
NOTE_IMAGE = f"{PREFIX}/image"
NOTE_FAILURE = f"{PREFIX}/failure"
NOTE_OUTCOME = f"{PREFIX}/outcome"
NOTE_ENDED_AT = f"{PREFIX}/ended-at"
NOTE_RETRY_AT = f"{PREFIX}/retry-at"
NOTE_RETRIED_AS = f"{PREFIX}/retried-as"
NOTE_PUBLISHED_AT = f"{PREFIX}/result-published-at"

ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"
TOKEN_FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
TOKEN_AUDIENCE = "sts.amazonaws.com"
DOCKERFILE = "/build/Dockerfile"
CONTEXT_FOLDER = "/kaniko/buildcontext"  # where kaniko downloads and unpacks to
BUILD_CONTAINER = "kaniko"


@dataclass(frozen=True)
class Build:
    """What all attempts of one build share."""

    parser_id: str
    correlation_id: str
    event_id: str
    event_source: str
    fingerprint: str
    received_at: float  # unix seconds
    image: str  # the destination; the same for each attempt, so that a build pushes one tag


@dataclass(frozen=True)
class Attempt:
    """A Job, read."""

    name: str
    uid: str
    version: int  # of the object; grows with each change
    build: Build
    number: int
    ended: bool
    succeeded: bool
    failed_reason: str  # of the Failed condition
    ended_at: float  # unix seconds; 0 while it runs
    outcome: str  # "succeeded" or "failed" once settled, else empty
    failure: Failure | None
    retry_at: float | None  # unix seconds
    retried_as: str
    published: bool


def new_build(request: BuildRequest, received_at: float) -> Build:
    """The build that a request asks for, its image still without a name."""
    return Build(
        parser_id=request.parser_id,
        correlation_id=request.correlation_id,
        event_id=request.event_id,
        event_source=request.source,
        fingerprint=request.fingerprint,
        received_at=received_at,
        image="",
    )


def destination(settings: JobSettings, parser_id: str, unix: int) -> str:
    """The image that a build pushes; `unix` is that of its first Job."""
    return f"{settings.registry}/{settings.repository}:{parser_id}-{unix}"


def job_name(parser_id: str, unix: int) -> str:
    """`build-parser-<id>-<unix>`."""
    return f"build-parser-{parser_id}-{unix}"


def label_value(text: str) -> str:
    """`text` as near as a label value can come to it."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", text)[:63].strip("-_.")


def manifest(build: Build, number: int, unix: int, role_arn: str, settings: JobSettings) -> dict[str, Any]:
    """The Job of attempt `number`. An empty `role_arn` gives a pod without an AWS identity."""
    labels = {
        "app.kubernetes.io/name": "parser-build",
        "app.kubernetes.io/managed-by": MANAGED_BY,
        LABEL_PARSER: build.parser_id,
        LABEL_CORRELATION: label_value(build.correlation_id),
        LABEL_ATTEMPT: str(number),
        LABEL_EVENT: build.fingerprint,
    }
    annotations = {
        NOTE_CORRELATION: build.correlation_id,
        NOTE_EVENT_ID: build.event_id,
        NOTE_EVENT_SOURCE: build.event_source,
        NOTE_RECEIVED_AT: repr(build.received_at),
        NOTE_IMAGE: build.image,
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": job_name(build.parser_id, unix),
            "namespace": settings.namespace,
            "labels": labels,
            "annotations": annotations,
        },
        "spec": {
            "activeDeadlineSeconds": settings.timeout_seconds,
            "ttlSecondsAfterFinished": settings.ttl_seconds,
            "backoffLimit": 0,
            "template": {
                "metadata": {"labels": labels, "annotations": {NOTE_CORRELATION: build.correlation_id}},
                "spec": _pod(build, role_arn, settings),
            },
        },
    }


def _pod(build: Build, role_arn: str, settings: JobSettings) -> dict[str, Any]:
    identity, token_mounts, token_volumes = _identity(role_arn)
    environment = {"AWS_REGION": settings.region, **settings.aws_environment, **identity}
    dockerfile = {"name": "dockerfile", "mountPath": DOCKERFILE.rpartition("/")[0]}
    context = {"name": "context", "mountPath": CONTEXT_FOLDER}
    # In memory, because only there the kernel enforces the limit while it is written; on disk the kubelet evicts later.
    room = {"medium": "Memory", "sizeLimit": f"{settings.parser_room_mib}Mi"}
    return {
        "serviceAccountName": settings.service_account,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "restartPolicy": "Never",
        "initContainers": [
            {
                "name": "build-context-manager",
                "image": settings.builder_image,
                "imagePullPolicy": "IfNotPresent",
                "command": ["python3", "-m", "builder.context", DOCKERFILE],
                "env": _env(
                    {
                        "BASE_IMAGE": settings.base_image,
                        "PARSER_ID": build.parser_id,
                        "CORRELATION_ID": build.correlation_id,
                    }
                ),
                "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}},
                "volumeMounts": [dockerfile],
            }
        ],
        "containers": [
            {
                "name": BUILD_CONTAINER,
                "image": settings.kaniko_image,
                "imagePullPolicy": "IfNotPresent",
                "args": _kaniko_arguments(build, settings),
                "env": _env(environment),
                "resources": {
                    "requests": {"cpu": "20m", "memory": "32Mi"},
                    "limits": {"memory": settings.kaniko_memory_limit},
                },
                "volumeMounts": [dockerfile, context, *token_mounts],
            }
        ],
        "volumes": [{"name": "dockerfile", "emptyDir": {}}, {"name": "context", "emptyDir": room}, *token_volumes],
    }


def _kaniko_arguments(build: Build, settings: JobSettings) -> list[str]:
    plain_http = ["--insecure", "--insecure-pull"] if settings.registry_plain_http else []
    return [
        f"--context=s3://{settings.bucket}/global/parser/{build.parser_id}",
        f"--dockerfile={DOCKERFILE}",
        f"--destination={build.image}",
        f"--push-retry={settings.push_retries}",
        "--log-format=text",
        *plain_http,
    ]


def _identity(role_arn: str) -> tuple[dict[str, str], list[dict[str, Any]], list[dict[str, Any]]]:
    """What EKS adds to a pod whose service account names a role: environment, mount, volume."""
    if not role_arn:
        return {}, [], []
    environment = {
        "AWS_ROLE_ARN": role_arn,
        "AWS_WEB_IDENTITY_TOKEN_FILE": f"{TOKEN_FOLDER}/token",
        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
    }
    token = {"audience": TOKEN_AUDIENCE, "expirationSeconds": 3600, "path": "token"}
    mount = {"name": "aws-iam-token", "mountPath": TOKEN_FOLDER, "readOnly": True}
    volume = {"name": "aws-iam-token", "projected": {"sources": [{"serviceAccountToken": token}]}}
    return environment, [mount], [volume]


def _env(variables: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in sorted(variables.items())]


def read(job: Mapping[str, Any]) -> Attempt:
    """An Attempt from a Job object as the API serves it. Raises ValueError if it is not one of ours."""
    metadata = job["metadata"]
    labels = metadata.get("labels") or {}
    notes = metadata.get("annotations") or {}
    missing = [name for name in (LABEL_PARSER, LABEL_ATTEMPT, LABEL_EVENT) if name not in labels]
    missing += [name for name in (NOTE_CORRELATION, NOTE_RECEIVED_AT, NOTE_IMAGE) if name not in notes]
    if missing:
        raise ValueError(f"Job {metadata['name']} lacks {', '.join(missing)}")
    conditions = {
        condition["type"]: condition
        for condition in (job.get("status") or {}).get("conditions") or ()
        if condition.get("status") == "True"
    }
    end = conditions.get("Complete") or conditions.get("Failed")
    return Attempt(
        name=metadata["name"],
        uid=metadata.get("uid", ""),
        version=int(metadata.get("resourceVersion", 0)),
        build=Build(
            parser_id=labels[LABEL_PARSER],
            correlation_id=notes[NOTE_CORRELATION],
            event_id=notes.get(NOTE_EVENT_ID, ""),
            event_source=notes.get(NOTE_EVENT_SOURCE, ""),
            fingerprint=labels[LABEL_EVENT],
            received_at=float(notes[NOTE_RECEIVED_AT]),
            image=notes[NOTE_IMAGE],
        ),
        number=int(labels[LABEL_ATTEMPT]),
        ended=end is not None,
        succeeded="Complete" in conditions,
        failed_reason=conditions.get("Failed", {}).get("reason", ""),
        ended_at=float(notes.get(NOTE_ENDED_AT, _unix(end.get("lastTransitionTime")) if end else 0.0)),
        outcome=notes.get(NOTE_OUTCOME, ""),
        failure=_failure(notes.get(NOTE_FAILURE)),
        retry_at=float(notes[NOTE_RETRY_AT]) if NOTE_RETRY_AT in notes else None,
        retried_as=notes.get(NOTE_RETRIED_AS, ""),
        published=NOTE_PUBLISHED_AT in notes,
    )


def failure_note(failure: Failure) -> str:
    """A failure as annotation text; `read` takes it back."""
    return json.dumps(
        {
            "category": failure.category,
            "transient": failure.transient,
            "message": failure.message,
            "file": failure.file,
            "line": failure.line,
        }
    )


def _failure(note: str | None) -> Failure | None:
    if note is None:
        return None
    fields = json.loads(note)
    return Failure(Category(fields["category"]), fields["transient"], fields["message"], fields["file"], fields["line"])


def _unix(timestamp: str | None) -> float:
    return 0.0 if timestamp is None else datetime.fromisoformat(timestamp).timestamp()
