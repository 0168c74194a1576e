"""What the deployment configures, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


class SettingsError(ValueError):
    """A variable is missing or not of its type; the message names it."""


@dataclass(frozen=True)
class RetryPolicy:
    """How failed attempts of a build are repeated."""

    max_attempts: int  # of all attempts together, the first included
    base_seconds: float  # upper bound of the first wait; doubles with each attempt
    max_seconds: float  # cap of that bound


@dataclass(frozen=True)
class JobSettings:
    """What a build Job is made of."""

    namespace: str
    service_account: str
    builder_image: str
    kaniko_image: str
    kaniko_memory_limit: str  # Kubernetes quantity
    parser_room_mib: int  # what a parser may take, its archive and what is in it together
    timeout_seconds: int  # activeDeadlineSeconds
    ttl_seconds: int  # how long a finished Job is kept
    push_retries: int  # kaniko's own repeats of a failed push
    bucket: str
    registry: str  # host of the ECR registry
    repository: str
    registry_plain_http: bool
    base_image: str
    region: str
    aws_environment: Mapping[str, str]  # endpoint overrides handed on to kaniko


@dataclass(frozen=True)
class BrokerSettings:
    """Where messages come from and go to."""

    url: str  # amqp://, with credentials
    build_queue: str
    service_queue: str
    result_queue: str
    dead_letter_exchange: str
    consumers: int  # per incoming queue
    prefetch: int  # unacknowledged messages per consumer


@dataclass(frozen=True)
class Settings:
    """Everything the build service reads."""

    broker: BrokerSettings
    job: JobSettings
    retry: RetryPolicy
    log_level: str
    http_port: int


@dataclass(frozen=True)
class ResultSettings:
    """Everything the result consumer reads."""

    broker: BrokerSettings
    developer_url: str
    log_level: str
    http_port: int


AWS_ENVIRONMENT = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "S3_ENDPOINT", "S3_FORCE_PATH_STYLE")


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings of the build service. Raises SettingsError."""
    return Settings(
        broker=_broker(environment),
        job=JobSettings(
            namespace=_text(environment, "NAMESPACE"),
            service_account=_text(environment, "SERVICE_ACCOUNT"),
            builder_image=_text(environment, "BUILDER_IMAGE"),
            kaniko_image=_text(environment, "KANIKO_IMAGE"),
            kaniko_memory_limit=environment.get("KANIKO_MEMORY_LIMIT", "1Gi"),
            parser_room_mib=_integer(environment, "PARSER_ROOM_MIB", 64),
            timeout_seconds=_integer(environment, "BUILD_TIMEOUT_SECONDS", 300),
            ttl_seconds=_integer(environment, "JOB_TTL_SECONDS", 86400),
            push_retries=_integer(environment, "KANIKO_PUSH_RETRY", 0),
            bucket=_text(environment, "S3_BUCKET"),
            registry=_text(environment, "ECR_REGISTRY"),
            repository=_text(environment, "ECR_REPOSITORY"),
            registry_plain_http=environment.get("ECR_PLAIN_HTTP", "false") == "true",
            base_image=_text(environment, "BASE_IMAGE"),
            region=_text(environment, "AWS_REGION"),
            aws_environment={name: environment[name] for name in AWS_ENVIRONMENT if name in environment},
        ),
        retry=RetryPolicy(
            max_attempts=_integer(environment, "RETRY_MAX_ATTEMPTS", 3),
            base_seconds=_number(environment, "RETRY_BASE_SECONDS", 5.0),
            max_seconds=_number(environment, "RETRY_MAX_SECONDS", 30.0),
        ),
        log_level=environment.get("LOG_LEVEL", "info"),
        http_port=_integer(environment, "HTTP_PORT", 8080),
    )


def load_results(environment: Mapping[str, str] = os.environ) -> ResultSettings:
    """Settings of the result consumer. Raises SettingsError."""
    return ResultSettings(
        broker=_broker(environment),
        developer_url=_text(environment, "DEVELOPER_NOTIFICATION_URL"),
        log_level=environment.get("LOG_LEVEL", "info"),
        http_port=_integer(environment, "HTTP_PORT", 8080),
    )


def _broker(environment: Mapping[str, str]) -> BrokerSettings:
    return BrokerSettings(
        url=_text(environment, "AMQP_URL"),
        build_queue=environment.get("BUILD_EVENTS_QUEUE", "lambda-build-events-prd"),
        service_queue=environment.get("SERVICE_EVENTS_QUEUE", "lambda-service-events-prd"),
        result_queue=environment.get("RESULTS_QUEUE", "parser-results-prd"),
        dead_letter_exchange=environment.get("DEAD_LETTER_EXCHANGE", "knative-lambda-dlx"),
        consumers=_integer(environment, "CONSUMERS_PER_QUEUE", 2),
        prefetch=_integer(environment, "PREFETCH_COUNT", 20),
    )


def _text(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SettingsError(f"{name} is not set")
    return value


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    raw = environment.get(name, str(default))
    try:
        value = float(raw)
    except ValueError as error:
        raise SettingsError(f"{name}={raw!r} is not a number") from error
    if value < 0:
        raise SettingsError(f"{name}={raw!r} is negative")
    return value


def _integer(environment: Mapping[str, str], name: str, default: int) -> int:
    value = _number(environment, name, default)
    if value != int(value):
        raise SettingsError(f"{name}={value} is not a whole number")
    return int(value)
