"""docs/dependencies.md says what pyproject.toml says, each dependency with a reason."""

from pathlib import Path

from tests.docs.dependencies import ROOT, licence, rows

_PAGE = ROOT / "docs" / "dependencies.md"


def _told() -> list[list[str]]:
    lines = _PAGE.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")][1:]


def test_the_page_is_what_pyproject_says() -> None:
    assert [(name, versions, needed, why) for name, versions, needed, _, why in _told()] == rows()


def test_every_dependency_is_declared_once_a_group_with_a_reason() -> None:
    found = rows()
    assert len(found) > 40
    assert [name for name, _, _, reason in found if not reason] == []


def test_licences_are_those_of_the_installed_packages() -> None:
    told = {name: stated for name, _, _, stated, _ in _told()}
    differ = {name: (stated, licence(name)) for name, stated in told.items() if licence(name) not in (None, stated)}
    assert differ == {}


def test_security_names_tests_that_exist() -> None:
    for page in (ROOT / "SECURITY.md", ROOT / "docs" / "reliability.md"):
        for path in _paths(page):
            assert (ROOT / path).exists() or (ROOT / f"{path}.py").exists(), f"{page.name} names {path}"


def _paths(page: Path) -> set[str]:
    words = (
        page.read_text(encoding="utf-8").replace("(", " ").replace(")", " ").replace(",", " ").replace("`", " ").split()
    )
    return {word.rstrip(".:;") for word in words if word.startswith("tests/")}
