"""Values of data made safe to stand in the name of a column."""

import re
import unicodedata

_ESCAPED = re.compile(r"-(?:0([0-9a-f]+)-|([a-z]))")


def safe(value: str) -> str:
    """A value as part of a column's name, from which `told` reads it again.

    Small letters, digits, underscores and letters without case stay. A capital A-Z becomes "-" and the small letter;
    anything else "-0", its code point in hex, and "-". Two values never share a name, whatever folds cases.

    >>> safe("mini_program"), safe("微信"), safe("E-mail 2")
    ('mini_program', '微信', '-e-02d-mail-020-2')
    """
    return "".join(map(_safe, value))


def _safe(letter: str) -> str:
    if letter == "_" or (letter.isalnum() and _alike(letter)):
        return letter
    return f"-{letter.lower()}" if letter.isascii() and letter.isalpha() else f"-0{ord(letter):x}-"


def _alike(letter: str) -> bool:
    """Whether nothing that folds cases or widths changes the letter."""
    return letter == letter.casefold() == unicodedata.normalize("NFKC", letter)


def told(name: str) -> str:
    """The value that a safe name stands for.

    >>> told("mini_program"), told("-e-02d-mail-020-2")
    ('mini_program', 'E-mail 2')
    """
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2].upper(), name)
