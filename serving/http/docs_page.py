"""The page at /: every call with its request, as plain HTML that loads nothing and runs nothing."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Perennial</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
code, pre { font: 14px/1.4 ui-monospace, monospace; background: #f4f4f2; }
pre { padding: .6rem .8rem; overflow-x: auto; } h2 { margin-top: 2rem; font-size: 1.1rem; }
table { border-collapse: collapse; } td { padding: .15rem 1rem .15rem 0; vertical-align: top; }
</style></head><body>
"""


def docs_page(description: Mapping[str, Any]) -> bytes:
    """The page for an OpenAPI description."""
    return (_HEAD + "\n".join(_body(description)) + "\n</body></html>\n").encode()


def _body(description: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h1>{escape(description['info']['title'])}</h1><p>{escape(description['info']['description'])}</p>"
    yield "<p>JSON over HTTP; the same as <a href='/docs.json'>OpenAPI</a>. Where keys exist, every call carries one: "
    yield "<code>Authorization: Bearer pk_…</code></p>"
    yield "<p>People sign in at <a href='/ui/'>/ui/</a>, with a key of scope <code>ui</code>.</p><table>"
    for path, operations in description["paths"].items():
        if "get" in operations:
            yield f"<tr><td><code>GET {escape(path)}</code></td><td>{escape(operations['get']['summary'])}</td></tr>"
    yield "</table>"
    schemas = description["components"]["schemas"]
    for path, operations in description["paths"].items():
        if "post" in operations:
            yield from _call(path, operations["post"], schemas)


def _call(path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2><code>POST {escape(path)}</code></h2><p>{escape(operation['summary'])}.</p>"
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
    schema = schemas[name]
    yield "<table>"
    for field, told in schema.get("properties", {}).items():
        needed = "required" if field in schema.get("required", ()) else ""
        yield f"<tr><td><code>{escape(field)}</code></td><td>{needed}</td>"
        yield f"<td>{escape(str(told.get('description', '')))}</td></tr>"
    yield "</table>"
    for example in schema.get("examples", ())[:1]:
        yield f"<pre>{escape(json.dumps(example, ensure_ascii=False, indent=1))}</pre>"
