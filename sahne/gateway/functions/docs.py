"""`/docs`: the operations as one page of plain HTML, made from their OpenAPI description alone."""

from __future__ import annotations

import json
import re
from html import escape
from itertools import groupby
from typing import Any

from sahne.gateway.functions.described import Described, Refusal, Type, Value, answers_of, operations_of

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
section {{ border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .6rem 0 }}
h2 {{ margin: 2rem 0 .5rem }}
h3 {{ font-size: 1rem; margin: 0; font-family: ui-monospace, monospace; overflow-wrap: anywhere }}
p, pre {{ margin: .3rem 0; white-space: pre-line }}
table {{ border-collapse: collapse; font-size: .9em }}
td {{ padding: .1rem 1rem .1rem 0; vertical-align: top }}
summary {{ cursor: pointer; font-size: .9em }}
b {{ display: inline-block; min-width: 4.5em }}
code {{ font-size: .9em; overflow-wrap: anywhere }}
</style></head><body>
<h1>{title} <small>{version}</small></h1>
<p>JSON in and out, the access token of a signed-in user as <code>Authorization: Bearer …</code>.
Errors are <code>{{"code", "message", "details", "hint"}}</code>. The machine-readable form is
<a href="/openapi.json">/openapi.json</a>; <code>sahne types</code> prints types for TypeScript and Python.</p>
<nav>{contents}</nav>
{rooms}
<h2 id="types">Types</h2>
{types}
</body></html>"""

_ROOM = '<h2 id="{room}">{room}</h2><p>{description}</p>{operations}'
_OPERATION = """<section id="{anchor}"><h3><b>{method}</b> {path}</h3><p>{purpose}</p>{values}{example}
<p>Answers {status} with <code>{answer}</code>.</p>
<details><summary>Refusals</summary><table>{refusals}</table></details></section>"""
_TYPE = '<section id="type-{name}"><h3>{name}</h3><p>{purpose}</p><table>{values}</table></section>'


def docs_page(description: dict[str, Any]) -> str:
    """The page for an OpenAPI description."""
    info = description["info"]
    descriptions = {tag["name"]: tag["description"] for tag in description["tags"]}
    rooms = [(room, list(each)) for room, each in groupby(operations_of(description), lambda each: each.room)]
    return _PAGE.format(
        title=escape(info["title"]),
        version=escape(info["version"]),
        contents=" · ".join(f'<a href="#{room}">{room}</a>' for room in [*descriptions, "types"]),
        rooms="\n".join(
            _ROOM.format(room=room, description=escape(descriptions[room]), operations="\n".join(map(_operation, each)))
            for room, each in rooms
        ),
        types="\n".join(map(_type, answers_of(description))),
    )


def _operation(operation: Described) -> str:
    example = f"<pre><code>{escape(json.dumps(operation.example))}</code></pre>" if operation.example else ""
    return _OPERATION.format(
        anchor=escape(f"{operation.method} {operation.path}".replace(" ", "-")),
        method=operation.method,
        path=escape(operation.path),
        purpose=_in_html(operation.purpose),
        values=f"<table>{''.join(map(_value, operation.values))}</table>" if operation.values else "",
        example=example,
        status=operation.status,
        answer=escape(operation.answer),
        refusals="".join(map(_refusal, operation.refusals)),
    )


def _value(value: Value) -> str:
    name = f"{value.name}{'' if value.needed else '?'}"
    place = f"<td>{value.where}</td>" if value.where else ""
    return f"<tr>{place}<td><code>{escape(name)}</code></td><td>{escape(value.kind)}</td></tr>"


def _refusal(refusal: Refusal) -> str:
    return (
        f"<tr><td>{refusal.status}</td><td><code>{refusal.code}</code></td><td>{_in_html(refusal.sentence)}</td></tr>"
    )


def _type(each: Type) -> str:
    return _TYPE.format(name=each.name, purpose=_in_html(each.purpose), values="".join(map(_value, each.values)))


def _in_html(text: str) -> str:
    """A description is CommonMark, of which ours use code in backticks and paragraphs."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
