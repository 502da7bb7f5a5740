"""Guides and READMEs: every command they show exists with its options, every link leads somewhere."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest
import typer

from perennial.cli import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])
COMMAND = typer.main.get_command(app)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def shown(page: Path) -> list[list[str]]:
    """The words of each command line shown in a block or between backticks, without what follows # or a pipe."""
    text = re.sub(r"\\\n", " ", page.read_text(encoding="utf-8"))
    lines = [*re.findall(r"^    (?:\.venv/bin/)?(\S.*)$", text, re.MULTILINE), *re.findall(r"`([^`\n]+)`", text)]
    words = (_words(line) for line in lines)
    return [found for found in words if found[:1] in (["perennial"], ["make"]) or found[:2] == ["python", "-m"]]


def _words(line: str) -> list[str]:
    try:
        found = shlex.split(re.split(r"\s#|\s\||\s·|;|…", line)[0])
    except ValueError:  # a sentence with an apostrophe, no command
        return []
    while found and re.fullmatch(r"[A-Z_]+=\S*", found[0]):
        found = found[1:]
    return [word.replace(".venv/bin/", "") for word in found]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist_with_their_options(page: Path) -> None:
    for words in shown(page):
        if words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= TARGETS, words
        elif words[0] == "python":
            name = words[2]
            assert importlib.util.find_spec(name), words
        elif words[1:] and not words[1].startswith(("<", "-")):
            _parses(words[1], words[2:])


def _parses(verb: str, given: list[str]) -> None:
    context = typer.Context(COMMAND, info_name="perennial")
    command = COMMAND.get_command(context, verb)  # type: ignore[attr-defined]
    assert command is not None, f"there is no verb {verb}"
    options = {name for parameter in command.params for name in parameter.opts}
    used = {word.split("=")[0] for word in given if re.match(r"--?[a-z]", word)}
    assert used <= {*options, "--debug", "--help"}, (verb, used - options)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s#]+)", page.read_text(encoding="utf-8")):
        if not link.startswith("http"):
            assert (page.parent / link).exists(), link


def test_what_spark_s_guide_imports_is_there() -> None:
    guide = (ROOT / "docs/guide/spark.md").read_text(encoding="utf-8")
    lines = re.findall(r"^    (from \S+ import .*)$", guide, re.MULTILINE)
    assert len(lines) == 6
    exec("\n".join(lines), {})


def test_commands_are_found() -> None:
    assert sum(len(shown(page)) for page in PAGES) > 50
    with pytest.raises(AssertionError, match="--shp"):
        _parses("score", ["--shp", "my-shop"])
