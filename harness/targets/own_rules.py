"""The rules that a profile names, to be linted where there is no cluster."""

from __future__ import annotations

from pathlib import Path

import yaml

from harness.errors import UsageError
from harness.rules.durations import seconds
from harness.rules.lint.alert_rules import OwnRules
from harness.targets.profile import read_profile


def own_rules(path: Path) -> OwnRules:
    """The rule file of the profile at `path`, with the intervals of its Prometheus' configuration.

    Raises:
        UsageError: the profile or the configuration cannot be read.
    """
    monitoring = read_profile(path).monitoring
    configuration = path.parent / monitoring.prometheus_config
    try:
        intervals = yaml.safe_load(configuration.read_text())["global"]
        return OwnRules(
            file=path.parent / monitoring.rules,
            scrape_s=seconds(intervals["scrape_interval"]),
            evaluation_s=seconds(intervals["evaluation_interval"]),
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise UsageError(f"{configuration} has no intervals: {error!r}", todo="see docs/targets.md") from error
