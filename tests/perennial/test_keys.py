"""`perennial keys`, from any folder: made once, listed without the key, taken away."""

from pathlib import Path

from tests.perennial.conftest import Perennial


def test_a_key_is_printed_once_listed_by_name_and_taken_away(perennial: Perennial, home: Path, shop: Path) -> None:
    (home / "home" / "state" / shop.name).mkdir(parents=True)
    made = perennial("keys", "add", "crm", "read", "write", "--shop", shop)
    assert made.code == 0 and made.out.startswith("pk_"), made.err
    listed = perennial("keys", "list", "--shop", shop)
    assert "crm  read write" in listed.out and "pk_" not in listed.out
    assert "Removed crm." in perennial("keys", "remove", "crm", "--shop", shop).out
    assert "crm  removed" in perennial("keys", "list", "--shop", shop).out


def test_what_cannot_be_done_says_what_can(perennial: Perennial, home: Path, shop: Path) -> None:
    unknown = perennial("keys", "list", "--shop", shop)
    assert unknown.code and "has no shop" in unknown.err
    (home / "home" / "state" / shop.name).mkdir(parents=True)
    wrong = perennial("keys", "add", "crm", "everything", "--shop", shop)
    assert wrong.code and "A key needs scopes out of read, write, erase, ui" in wrong.err
    assert "Expected add NAME SCOPE" in perennial("keys", "show", "--shop", shop).err
