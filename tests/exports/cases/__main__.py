"""`python -m tests.exports.cases [NAME …]`: every made export, and what came of it."""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.exports.cases import SITUATIONS
from tests.exports.cases.situation import trade
from tests.exports.cases.tried import tried

counted: Counter[str] = Counter()
for name, make in SITUATIONS.items():
    if len(sys.argv) > 1 and not name.startswith(tuple(sys.argv[1:])):
        continue
    files, truth = make(trade())
    with tempfile.TemporaryDirectory() as made:
        came = tried(Path(made), files, truth)
    counted[came.verdict] += 1
    print(f"{came.verdict:17} {name}", flush=True)
    if came.verdict in ("wrong", "refused"):
        print(f"    {truth}\n    {came.got[:400]}")
print(dict(counted))
