"""Values of data as they stand in the names of columns: read back for people."""

import re

_ESCAPED = re.compile(r"-(?:0([0-9a-f]+)-|([a-z]))")


def spoken(name: str) -> str:
    """The value whose safe name this is (`features.safe_names.safe` makes it).

    >>> spoken("mini_program"), spoken("-e-02d-mail-020-2")
    ('mini_program', 'E-mail 2')
    """
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2].upper(), name)
