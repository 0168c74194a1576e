"""Structured logs: one JSON object a line on standard output."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class JsonFormatter(logging.Formatter):
    """time, level, logger, msg, and the record's `fields`."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "msg": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)


class Log(logging.LoggerAdapter[logging.Logger]):
    """`log.info("text", correlation_id=…)`: keyword arguments become fields of the entry."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        own = {"exc_info", "stack_info", "stacklevel"}
        passed = {name: value for name, value in kwargs.items() if name in own}
        fields = {name: value for name, value in kwargs.items() if name not in own}
        return msg, {**passed, "extra": {"fields": fields}}


def logger(name: str) -> Log:
    """The structured logger of a module."""
    return Log(logging.getLogger(name), {})


def configure(level: str) -> None:
    """Send all logs of the process to standard output from `level` (debug, info, warning, error) on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=LEVELS.get(level.lower(), logging.INFO), handlers=[handler], force=True)
    if level.lower() != "debug":
        # Its own account of every lost connection would drown ours.
        logging.getLogger("aiormq").setLevel(logging.CRITICAL)
        logging.getLogger("aio_pika").setLevel(logging.CRITICAL)
