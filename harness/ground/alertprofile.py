"""Alert profiles: production's own durations, or all of them divided by one factor so that CI waits less."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.errors import UsageError
from harness.ground.manifests import Source, config_map
from harness.rules.scale import Kind, scale

# With 10, scrapes and evaluations come each second and a five-minute window is half a minute.
FACTORS: Mapping[str, int] = {"production": 1, "ci": 10}
NAMESPACE = "monitoring"
_CONFIG_MAPS: Mapping[str, tuple[Kind, str]] = {
    "prometheus-config": ("prometheus", "prometheus.yaml"),
    "prometheus-rules": ("rules", "sre-001.yaml"),
    "alertmanager-config": ("alertmanager", "alertmanager.yaml"),
}


def factor_of(profile: str) -> int:
    """Divisor of durations. Raises UsageError for an unknown profile."""
    if profile not in FACTORS:
        raise UsageError(f"no alert profile {profile!r}", todo=f"known are: {', '.join(sorted(FACTORS))}")
    return FACTORS[profile]


def alerting_config_maps(rules: Path, profile: str) -> list[Source]:
    """ConfigMaps with the production files of folder `rules`, scaled. Raises UsageError."""
    factor = factor_of(profile)
    found = []
    for name, (kind, file) in _CONFIG_MAPS.items():
        text = (rules / file).read_text(encoding="utf-8")
        found.append(config_map(name, NAMESPACE, {file: text if factor == 1 else scale(text, kind, factor)}))
    return found
