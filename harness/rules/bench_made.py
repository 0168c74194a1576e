"""Rule files and metrics pages of any size, made for `make bench-rules`."""

from __future__ import annotations

from pathlib import Path

import yaml

_SOUND = (
    'up{{job="service-{n}"}} == 0',
    'absent(up{{job="service-{n}"}} == 1)',
    "sum by (namespace) (rate(service_{n}_failed_total[5m])) / sum by (namespace) (rate(service_{n}_total[5m])) > 0.05",
    "histogram_quantile(0.99, sum by (le, job) (rate(service_{n}_seconds_bucket[10m]))) > 1.5",
    "service_{n}_free_bytes / service_{n}_size_bytes < 0.1 and service_{n}_readonly == 0",
    "time() - service_{n}_last_success_timestamp_seconds > 86400",
    "increase(service_{n}_restarts_total[1h]) > 5",
    "predict_linear(service_{n}_free_bytes[6h], 86400) < 0",
    "service_{n}_replicas_wanted != service_{n}_replicas_available",
)
_BROKEN = (
    "sum(rate(service_{n}_failed_total[5m])) / sum by (job) (rate(service_{n}_total[5m])) > 0.05",
    "up{{job='service-{n}'}} > 1",
    'count(up{{job="service-{n}"}}) == 0',
    "rate(service_{n}_failed_total[5m]) >= 0",
)
_BLOCK_LINES = 100_000


def rule_files(folder: Path, rules: int, *, per_file: int) -> list[str]:
    """So many rules in files of `per_file`: sound ones in the style of public sets, one in ten with a defect."""
    files = []
    for start in range(0, rules, per_file):
        path = folder / f"rules-{start}.yaml"
        group = {"name": f"group-{start}", "rules": [_rule(number) for number in range(start, start + per_file)]}
        path.write_text(yaml.dump({"groups": [group]}, Dumper=yaml.CSafeDumper))
        files.append(str(path))
    return files


def metrics_page(folder: Path, size: int) -> str:
    """A page of `size` bytes at least: a hundred metrics, a label with few values and one with a new one each line."""
    path, number = folder / "metrics", 0
    with path.open("w") as file:
        while file.tell() < size:
            file.writelines(
                f'requests_{each % 100}_total{{pod="pod-{each % 300}",trace="{each:012}"}} {each}\n'
                for each in range(number, number + _BLOCK_LINES)
            )
            number += _BLOCK_LINES
    return str(path)


def _rule(number: int) -> dict[str, object]:
    kind, turn = (_BROKEN, number // 10) if number % 10 == 9 else (_SOUND, number % 10)
    return {
        "alert": f"Service{number}Trouble",
        "expr": kind[turn % len(kind)].format(n=number),
        "for": "10m",
        "labels": {"severity": "warning"},
        "annotations": {"summary": f"Service {number} is in trouble.", "runbook_url": "https://runbooks.example.org/"},
    }
