"""`/docs`: the operations as one page of plain HTML, made from their OpenAPI description alone."""

from __future__ import annotations

import re
from html import escape
from typing import Any

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem }}
section {{ border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .6rem 0 }}
h2 {{ font-size: 1rem; margin: 0; font-family: ui-monospace, monospace; overflow-wrap: anywhere }}
p {{ margin: .3rem 0; white-space: pre-line }}
b {{ display: inline-block; min-width: 4.5em }}
code {{ font-size: .9em }}
</style></head><body>
<h1>{title} <small>{version}</small></h1>
<p>JSON in and out, the access token of a signed-in user as <code>Authorization: Bearer …</code>.
Errors are <code>{{"code", "message", "details", "hint"}}</code>. The machine-readable form is
<a href="/openapi.json">/openapi.json</a>.</p>
{operations}
</body></html>"""

_OPERATION = "<section><h2><b>{method}</b> {path}</h2><p>{description}</p>{body}</section>"


def docs_page(description: dict[str, Any]) -> str:
    """The page for an OpenAPI description."""
    operations = [
        _OPERATION.format(
            method=method.upper(),
            path=escape(path),
            description=_in_html(str(operation.get("description") or operation.get("summary") or "")),
            body=_body(operation, description),
        )
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    info = description["info"]
    return _PAGE.format(title=escape(info["title"]), version=escape(info["version"]), operations="\n".join(operations))


def _in_html(text: str) -> str:
    """A description is CommonMark, of which ours use code in backticks and paragraphs."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _body(operation: dict[str, Any], description: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    schema = next((s for s in schema.get("anyOf", ()) if "$ref" in s), schema)
    definition = description.get("components", {}).get("schemas", {}).get(schema.get("$ref", "").rpartition("/")[2])
    if not definition:
        return ""
    required = set(definition.get("required", ()))
    fields = [f"{name}{'' if name in required else '?'}" for name in definition.get("properties", {})]
    return f"<p><code>{{{escape(', '.join(fields))}}}</code></p>"
