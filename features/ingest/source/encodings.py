"""Which code page a text file without Unicode is written in, by the letters that each would make of its bytes.

Spreadsheets save CSV in the code page of the country: a state such as キャンセル or İptal is only understood where the
file is read in the right one.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

# Share of a text's letters beyond ASCII that a code page must explain, and by how much more than Western European.
_SURE, _BETTER = 0.75, 0.05
_FEW = 12  # so few characters tell Korean from Chinese by chance
# Letters that a language of the code page writes within words of Latin letters.
_WESTERN = "äöüßéèêëàâçñáíóúãõôîïûœåæøÄÖÜÉÈÀÇÑÁÍÓÚÃÕÅÆØ"
_CENTRAL = "ąćęłńśźżóčřžšěůťďňáéíýúőűöüäĄĆĘŁŃŚŹŻÓČŘŽŠĚŮŤĎŇÁÉÍÝÚŐŰÖÜ"
_TURKISH = "ığşİĞŞçöüÇÖÜâ"


def code_page(begin: bytes) -> str | None:
    """The code page that explains the beginning of a file best; None where Western European is as good as any.

    Parameters
    ----------
    begin : bytes       lines that are not UTF-8
    """
    pairs = _pairs(begin)
    if pairs is not None:
        return pairs
    found = {name: _share(begin, name, letters) for name, letters in _LETTERS.items()}
    best = max(found, key=lambda name: found[name])
    return best if found[best] >= max(_SURE, found["cp1252"] + _BETTER) else None


def _pairs(begin: bytes) -> str | None:
    """A code page of two bytes a character, by how many of its characters are among those that texts really use."""
    shares = {}
    for name, usual in _USUAL.items():
        said = [sign for sign in _decoded(begin, name) if not sign.isascii() and _is_word(sign)]
        if len(said) > 1 and "\ufffd" not in said:
            shares[name] = sum(map(usual, said)) / len(said)
            if name == "cp949" and len(said) < _FEW:
                del shares[name]
    best = max(shares, key=lambda name: shares[name], default="")
    return best if best and shares[best] >= _SURE and _comes_in_runs(begin, best) else None


def _comes_in_runs(begin: bytes, name: str) -> bool:
    """Whether any word has several such characters: an accent and the letter behind it make a pair by chance."""
    return any(len(run) > 1 for run in re.findall(r"[^\W\x00-\x7f]+", _decoded(begin, name)))


def _decoded(begin: bytes, name: str) -> str:
    """The text, without a character that the end of the beginning may have cut."""
    return begin.decode(name, "replace").rstrip("\ufffd")


def _is_word(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LC" or sign == "\ufffd"


def _lead(name: str, low: int, high: int) -> Callable[[str], bool]:
    def usual(sign: str) -> bool:
        made = sign.encode(name, "replace")
        return len(made) == 2 and low <= made[0] <= high

    return usual


def _is_japanese(sign: str) -> bool:
    made = sign.encode("cp932", "replace")
    return "\u3040" <= sign <= "\u30ff" or sign == "々" or (len(made) == 2 and b"\x88\x9f" <= made <= b"\x98\x72")


def _within_latin(letters: str) -> str:
    """A letter beside one of plain Latin: a currency's sign beside digits says nothing."""
    return rf"(?<=[A-Za-z])[{letters}]|[{letters}](?=[A-Za-z])"


# The characters of everyday use lie together: the first level of GB 2312, JIS X 0208 and Big5, Korean syllables.
_USUAL: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "cp949": _lead("cp949", 0xB0, 0xC8),
        "gb18030": _lead("gb18030", 0xB0, 0xD7),
        "cp932": _is_japanese,
        "big5hkscs": _lead("big5hkscs", 0xA4, 0xC6),
    }
)
_LETTERS: Mapping[str, str] = MappingProxyType(
    {
        "cp1252": _within_latin(_WESTERN),
        "cp1250": _within_latin(_CENTRAL),
        "cp1254": _within_latin(_TURKISH),
        "cp1251": r"(?<![А-яЁё])[А-ЯЁ]?[а-яё]{2,}",
        "cp1253": r"(?<![\u0370-\u03ff])[\u0386-\u03ab]?[\u03ac-\u03ce]{2,}",
    }
)


PAIRED = frozenset(_USUAL)


def _share(begin: bytes, name: str, letters: str) -> float:
    """What share of the letters beyond ASCII are those that the code page's languages write, as they write them."""
    text = _decoded(begin, name)
    beyond = [sign for sign in text if (not sign.isascii() and _is_word(sign)) or sign in "³¹¿¼¾ª"]
    return sum(map(len, re.findall(letters, text))) / len(beyond) if beyond else 0.0
