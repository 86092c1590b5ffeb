"""Writes to a relation with every kind of body and preference; all are rolled back."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import urlencode

from sahne.database.catalog import Relation
from tests.clients.rest_cases.material import ONE, STRIPPED, Case, Material, named, path_of
from tests.clients.rest_cases.reads import Parameters, filters, select

ROLLBACK = "tx=rollback"
JSON, CSV, FORM = "application/json", "text/csv", "application/x-www-form-urlencoded"

Row = dict[str, Any]


def write(known: Material, relation: Relation) -> Case:
    """An insert, upsert, update, delete or PUT."""
    is_plain = bool(relation.primary_key) and all(named(each) == each for each in relation.columns)
    match known.random.choice(["POST", "POST", "POST", "PATCH", "PATCH", "DELETE", "PUT" if is_plain else "POST"]):
        case "POST":
            return _insert(known, relation)
        case "PATCH":
            return _update(known, relation)
        case "DELETE":
            return _delete(known, relation)
    return _put(known, relation)


def _insert(known: Material, relation: Relation) -> Case:
    prefer, headers, parameters = _answer(known, relation)
    rows = [row_of(known, relation) for _ in range(known.random.choice([1, 1, 2, 3]))]
    if known.by_chance(0.35):
        prefer.append(f"resolution={known.random.choice(['merge', 'ignore'])}-duplicates")
        if known.by_chance(0.4):
            names = relation.primary_key or tuple(relation.columns)[:2]
            parameters.append(("on_conflict", ",".join(named(name) for name in names)))
    if known.by_chance(0.25):
        prefer.append(f"missing={known.random.choice(['default', 'default', 'null'])}")
    if known.by_chance(0.25):
        names = tuple({name: None for row in rows for name in row} | {next(iter(relation.columns)): None})
        parameters.append(("columns", ",".join(named(name) for name in names)))
    elif not known.by_chance(0.05):  # else keys differ from row to row
        rows = [{name: row.get(name) for name in rows[0]} for row in rows]
    headers["prefer"] = ", ".join(prefer)
    headers["content-type"], body = _body(known, rows)
    return Case("POST", path_of(relation.name, parameters), headers, body)


def _body(known: Material, rows: list[Row]) -> tuple[str, str]:
    chance = known.random.random()
    if chance < 0.12:
        return CSV, _csv(rows)
    if chance < 0.2:
        return FORM, urlencode({name: "" if value is None else value for name, value in rows[0].items()})
    return JSON, json.dumps(rows[0] if len(rows) == 1 and known.by_chance(0.6) else rows)


def _csv(rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), extrasaction="ignore", restval="NULL", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: "NULL" if value is None else value for name, value in row.items()} for row in rows)
    return text.getvalue()


def _update(known: Material, relation: Relation) -> Case:
    prefer, headers, parameters = _answer(known, relation)
    row = row_of(known, relation, few=True)
    parameters += filters(known, relation) or _key(known, relation)
    parameters += _page(known)
    if known.by_chance(0.15):
        parameters.append(("columns", ",".join(named(name) for name in [*row, next(iter(relation.columns))])))
        prefer.append("missing=default")
    headers["prefer"] = ", ".join(prefer)
    headers["content-type"] = FORM if known.by_chance(0.08) else JSON
    body = json.dumps(row) if headers["content-type"] == JSON else _body_of_form(row)
    return Case("PATCH", path_of(relation.name, parameters), headers, body)


def _body_of_form(row: Row) -> str:
    return urlencode({name: "" if value is None else value for name, value in row.items()})


def _delete(known: Material, relation: Relation) -> Case:
    prefer, headers, parameters = _answer(known, relation)
    parameters += filters(known, relation) or _key(known, relation)
    parameters += _page(known)
    headers["prefer"] = ", ".join(prefer)
    return Case("DELETE", path_of(relation.name, parameters), headers)


def _page(known: Material) -> Parameters:
    """Rarely: how many rows are meant at most."""
    if not known.by_chance(0.1):
        return []
    page = [("limit", str(known.random.choice([0, 1, 2, 5])))]
    return page + ([("offset", str(known.random.choice([0, 1])))] if known.by_chance(0.3) else [])


def _put(known: Material, relation: Relation) -> Case:
    prefer, headers, parameters = _answer(known, relation)
    key = {name: known.value(relation, relation.columns[name]) for name in relation.primary_key}
    parameters += [(name, f"eq.{value}") for name, value in key.items()]
    row = dict.fromkeys(relation.columns) if known.by_chance(0.7) else {}
    headers["prefer"] = ", ".join(prefer)
    headers["content-type"] = JSON
    body = json.dumps(row | row_of(known, relation) | key)
    return Case("PUT", path_of(relation.name, parameters), headers, body)


def _answer(known: Material, relation: Relation) -> tuple[list[str], dict[str, str], Parameters]:
    """What of the write comes back: preferences, headers and parameters."""
    prefer, headers, parameters = [ROLLBACK], {}, []
    returns = known.random.choice(["minimal", "representation", "representation", "headers-only", ""])
    if returns:
        prefer.append(f"return={returns}")
    if known.by_chance(0.15):
        prefer.append("count=exact")
    if known.by_chance(0.05):
        prefer.append("handling=strict")
    if returns == "representation" or known.by_chance(0.1):
        embedded: Parameters = []
        parameters.append(("select", select(known, relation, 1, embedded)))
        parameters += embedded
    if known.by_chance(0.1):
        headers["accept"] = known.random.choice([ONE, ONE + STRIPPED])
    elif known.by_chance(0.05):
        headers["accept"] = CSV
    return prefer, headers, parameters


def row_of(known: Material, relation: Relation, *, few: bool = False) -> Row:
    """Values of several rows that are there, the key's own more often than not."""
    chosen = known.some(list(relation.columns.values()), 2 if few else 5)
    if not few and known.by_chance(0.8):
        key = [relation.columns[name] for name in relation.primary_key]
        chosen = key if key and known.by_chance(0.1) else [*key, *chosen]
    return {each.name: known.random.choice([None, *[known.value(relation, each)] * 5]) for each in chosen}


def _key(known: Material, relation: Relation) -> Parameters:
    names = relation.primary_key or tuple(each.name for each in known.columns[relation.name][:1])
    return [(named(name), f"eq.{known.value(relation, relation.columns[name])}") for name in names]
