"""What `perennial monitor` found, as a Prometheus server reads it: from a file beside the service's state."""

import json
import math
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

FILE = "monitor.json"
_MOST_BYTES = 1_000_000
# Only these are shown, whatever the file says: name → what it means, its labels.
_GAUGES = {
    "as_of": ("Cutoff of the last look, seconds since 1970 on the shop's clock", ()),
    "exit_code": ("What perennial monitor ended with: 0, 4 recalibrate, 5 retrain, 6 mend the feed, 7 roll back", ()),
    "drift_alarms": ("Inputs and answers that moved since training", ()),
    "findings": ("Findings of the last look", ("check", "advice")),
    "figure": ("Figures of the last look", ("check", "task", "metric")),
}


def watched_page(folder: Path) -> bytes:
    """Lines for /metrics; none where nothing was looked at yet or the file cannot be read."""
    try:
        path = folder / FILE
        if path.stat().st_size > _MOST_BYTES:
            return b""
        given = json.loads(path.read_bytes())
        registry = CollectorRegistry()
        for name, (about, labels) in _GAUGES.items():
            gauge = Gauge(f"perennial_monitor_{name}", about, labels, registry=registry)
            for values, number in given.get(name, ()):
                if math.isfinite(float(number)):
                    (gauge.labels(*values) if labels else gauge).set(float(number))
        return generate_latest(registry)
    except (OSError, ValueError, TypeError, AttributeError):
        return b""
