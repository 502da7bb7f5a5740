"""The table in docs/dependencies.md; `python -m tests.docs.dependencies` prints it."""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
_DECLARED = re.compile(
    r'^\s*(?:(\w+) = \[)?"([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?([^";]*)(?:;[^"]*)?",?\]?\s*(?:#\s*(.*))?$'
)
_SHORT = {"Apache Software License": "Apache-2.0", "MIT License": "MIT", "BSD License": "BSD"}


def rows() -> list[tuple[str, str, str, str]]:
    """(package, versions, needed for, reason) of every direct dependency, in the order of pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found, group = [], "always"
    for line in text[text.index("dependencies = [") : text.index("[project.scripts]")].splitlines():
        if line.startswith("dev = ["):
            group = "development"
        if matched := _DECLARED.match(line):
            extra, name, versions, reason = matched.groups()
            found.append((name, versions.strip(), f"extra `{extra}`" if extra else group, (reason or "").strip()))
    return found


def licence(package: str) -> str | None:
    """As the installed package states it; None where it is not installed."""
    try:
        told = metadata(package)
    except PackageNotFoundError:
        return None
    stated = told.get("License-Expression")
    kinds = [one.rsplit(" :: ", 1)[-1] for one in told.get_all("Classifier") or [] if one.startswith("License ::")]
    return stated or " / ".join(_SHORT.get(kind, kind) for kind in kinds) or (told.get("License") or "").split("\n")[0]


def table() -> str:
    """The table as Markdown."""
    head = ["| package | versions | needed | licence | what for |", "|---|---|---|---|---|"]
    return "\n".join(
        [*head, *(f"| {n} | {v} | {g} | {licence(n) or 'not installed here'} | {r} |" for n, v, g, r in rows())]
    )


if __name__ == "__main__":
    print(table())
