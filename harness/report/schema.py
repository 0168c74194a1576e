"""The JSON schema of report.json, made from the structs that write it."""

from __future__ import annotations

from typing import Any

import msgspec

from harness.judging.judged import REPORT_FORMAT, RunReport

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) that every report.json of this format meets."""
    (reference,), components = msgspec.json.schema_components([RunReport], ref_template="#/$defs/{name}")
    for component in components.values():
        component["description"] = " ".join(component.get("description", "").split())
    components["RunReport"]["properties"]["format"] = {"const": REPORT_FORMAT}
    components["RunReport"]["required"].append("format")
    return {"$schema": _DIALECT, "title": "report.json", **reference, "$defs": components}


def schema_text() -> str:
    """The schema as docs/report.schema.json holds it."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"
