"""What an IAM policy document grants, as far as its text alone tells."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any


def withholds(document: str, action: str, resource: str) -> bool:
    """Whether the document (JSON) surely does not let `action` be done to `resource` (an ARN).

    False when it does, and when it cannot be told: what NotAction, NotResource and Condition grant depends on the call.
    """
    statements = _many(json.loads(document).get("Statement", []))
    if any({"NotAction", "NotResource", "Condition"} & statement.keys() for statement in statements):
        return False
    effects = {
        statement["Effect"]
        for statement in statements
        # Actions are told apart without regard to case, ARNs are not.
        if any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _many(statement.get("Action", [])))
        and any(fnmatchcase(resource, pattern) for pattern in _many(statement.get("Resource", [])))
    }
    return effects != {"Allow"}


def _many(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]
