"""From facts to HTML: every text is escaped, nothing is loaded, nothing runs."""

import hashlib
from base64 import b64encode
from functools import lru_cache
from importlib import resources

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from serving.ui.words import PageWords

_TEMPLATES = ("frame", "sign_in", "problem", "report", "today", "customer")


def page(template: str, words: PageWords, **facts: object) -> bytes:
    """One page."""
    return _environment().get_template(template).render(words=words, say=words.say, style=style(), **facts).encode()


@lru_cache(maxsize=1)
def style() -> Markup:
    """The style sheet, which stands in each page."""
    return Markup(_resource("page.css"))


@lru_cache(maxsize=2)
def policy(frames: bool = False) -> bytes:
    """What a page may load: its own style sheet and nothing else; with `frames` a page of ours inside it."""
    sheet = b64encode(hashlib.sha256(style().encode()).digest()).decode()
    inside = " frame-src 'self';" if frames else ""
    return (
        f"default-src 'none'; style-src 'sha256-{sheet}'; img-src data:;{inside} form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ).encode()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=DictLoader({name: _resource(f"{name}.html") for name in _TEMPLATES}),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def _resource(name: str) -> str:
    return resources.files("serving.ui").joinpath(name).read_text(encoding="utf-8")
