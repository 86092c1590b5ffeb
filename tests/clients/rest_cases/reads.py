"""Reads of a relation: columns, embedded relations, filters, order, page, and the form of the answer."""

from __future__ import annotations

from collections.abc import Sequence

from sahne.database.catalog import Column, Relation
from sahne.database.relationships import Relationship
from tests.clients.rest_cases.material import LIST, ONE, STRIPPED, Case, Material, named, path_of

NUMBERS = frozenset({"integer", "smallint", "bigint", "numeric", "real", "double precision"})
TIMES = frozenset({"date", "timestamp with time zone", "timestamp without time zone", "interval"})
TEXTS = frozenset({"text", "character varying", "character"})
RANGES = frozenset({"int4range", "daterange", "tstzrange"})
UNORDERED = frozenset({"json", "xml", "point"})

Parameters = list[tuple[str, str]]


def read(known: Material, relation: Relation) -> Case:
    """A read of a relation, or a look whether it could be read."""
    parameters = page(known, relation)
    headers = form(known, has_lists="(" in dict(parameters).get("select", ""))
    prefer = [name for name, chance in PREFERENCES if known.by_chance(chance)]
    if prefer:
        headers["prefer"] = ", ".join(prefer)
    return Case(known.random.choice(["GET"] * 9 + ["HEAD"]), path_of(relation.name, parameters), headers)


PREFERENCES = (("count=exact", 0.25), ("timezone=Asia/Tokyo", 0.1), ("handling=strict", 0.05), ("return=minimal", 0.03))


def form(known: Material, *, has_lists: bool) -> dict[str, str]:
    """The media type and the range of an answer. CSV of lists would be PostgreSQL's own text, in any order of keys."""
    headers = {}
    chance = known.random.random()
    if chance < 0.12:
        headers["accept"] = ONE
    elif chance < 0.17 and not has_lists:
        headers["accept"] = "text/csv"
    elif chance < 0.21:
        headers["accept"] = known.random.choice([LIST, ONE]) + STRIPPED
    elif chance < 0.25:
        headers["accept"] = known.random.choice(
            ["application/json", "application/json, text/csv", "*/*", "text/*", "application/json; charset=utf-8"]
        )
    if known.by_chance(0.12):
        headers["range"] = known.random.choice(["0-1", "1-3", "2-", "0-0", "5-2", "100-200"])
    return headers


def page(known: Material, relation: Relation, *, embeds: bool = True) -> Parameters:
    """`select`, filters, an order that leaves nothing open, limit and offset."""
    parameters: Parameters = []
    if known.by_chance(0.8) or len(known.columns[relation.name]) < len(relation.columns):
        parameters.append(("select", select(known, relation, 2 if embeds else 0, parameters)))
    parameters += filters(known, relation)
    parameters.append(("order", order(known, relation)))
    if known.by_chance(0.3):
        parameters.append(("limit", str(known.random.choice([0, 1, 2, 5]))))
    if known.by_chance(0.2):
        parameters.append(("offset", str(known.random.choice([0, 1, 3, 50]))))
    return parameters


def select(known: Material, relation: Relation, depth: int, parameters: Parameters, path: str = "") -> str:
    """Columns and, down to `depth`, relations; what these want besides is put into `parameters`."""
    items = [_item(known, column) for column in known.some(known.columns[relation.name], 3)]
    if known.by_chance(0.05):
        items = ["*"]
    found = ways(known, relation)
    for number in range(2 if depth == 2 and known.by_chance(0.15) else 1):
        if depth and found and known.by_chance(0.6):
            items.append(_embed(known, known.random.choice(found), depth, parameters, path, f"e{depth}{'x' * number}"))
    return ",".join(items)


def ways(known: Material, relation: Relation) -> list[Relationship]:
    """From a relation to those that may be read."""
    return [each for each in known.schema.relationships.get(relation.name, ()) if known.columns.get(each.target.name)]


def _item(known: Material, column: Column) -> str:
    name, chance = named(column.name), known.random.random()
    if chance < 0.15:
        return f"other:{name}"
    if chance < 0.25 and column.base not in ("json", "jsonb"):
        return f"{name}::text"
    if column.base in ("json", "jsonb") and chance < 0.6:
        return known.random.choice(
            [f"{name}->x", f"{name}->>x", f"{name}->deep->y->0", f"it:{name}->deep", f"{name}->-1"]
        )
    if column.base in ("pair", "pair[]", "integer[]", "text[]") and chance < 0.5:
        return known.random.choice([f"{name}->a", f"{name}->>b", f"{name}->0", f"{name}->>1"])
    return name


def _embed(known: Material, way: Relationship, depth: int, parameters: Parameters, path: str, alias: str) -> str:
    target = known.schema.relations[way.target.name]
    inside = f"{path}{alias}."
    inner = known.random.choice(["", "", "!inner", "!left"])
    children = select(known, target, depth - 1, parameters, inside)
    if known.by_chance(0.05):
        children = ""
    if not way.is_to_one:
        parameters.append((f"{inside}order", order(known, target)))
        if known.by_chance(0.2):
            parameters.append((f"{inside}limit", "1"))
        if known.by_chance(0.05):
            parameters.append((f"{inside}offset", "1"))
    elif known.by_chance(0.1) and children and not path:
        return f"...{_target(known, way)}{inner}({_item(known, known.columns[target.name][0])})"
    if known.by_chance(0.3):
        parameters += filters(known, target, inside)
    elif not path and known.by_chance(0.1):
        parameters.append((alias, known.random.choice(["is.null", "not.is.null"])))
    return f"{alias}:{_target(known, way)}{inner}({children})"


def _target(known: Material, way: Relationship) -> str:
    """A relation's name with the name of the key or of the table between, mostly; or else the key's column."""
    hint = way.junction.relation.name if way.junction else way.name
    chance = known.random.random()
    if chance < 0.1 and not way.junction and len(way.columns) == 1:
        return f"{named(way.target.name)}!{named(way.columns[0] if way.is_to_one else way.target_columns[0])}"
    return named(way.target.name) + (f"!{named(hint)}" if chance < 0.8 else "")


def filters(known: Material, relation: Relation, path: str = "") -> Parameters:
    """None to two of them, a tree now and then."""
    found: Parameters = []
    for _ in range(known.random.choice([0, 0, 1, 1, 2])):
        if known.by_chance(0.15):
            tree = ",".join(f"{name}.{test}" for name, test in (_filter(known, relation) for _ in range(2)))
            if known.by_chance(0.2):
                tree = f"and({tree}),{'.'.join(_filter(known, relation))}"
            found.append((f"{path}{known.random.choice(['or', 'and', 'not.or', 'not.and'])}", f"({tree})"))
        else:
            name, test = _filter(known, relation)
            found.append((f"{path}{name}", test))
    return found


def _filter(known: Material, relation: Relation) -> tuple[str, str]:
    column = known.random.choice(known.columns[relation.name])
    if column.base in ("json", "jsonb") and known.by_chance(0.5):
        steps = known.random.choice(["->>x", "->deep->>y", "->>0", "->>b"])
        return named(column.name) + steps, known.random.choice(
            ["eq.1", "is.null", "not.is.null", "like.o*", "in.(1,one)", "gt.0"]
        )
    return named(column.name), _test(known, relation, column)


def _test(known: Material, relation: Relation, column: Column) -> str:
    """An operator and its operand, out of the values that are there."""
    value = known.value(relation, column)
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    tests = [
        "is.null",
        f"eq.{value}",
        f"neq.{value}",
        f"in.({quoted})",
        f"in.({quoted},{quoted})",
        f"isdistinct.{value}",
    ]
    if column.base in NUMBERS | TIMES | TEXTS:
        tests += [f"gt.{value}", f"gte.{value}", f"lt.{value}", f"lte.{value}"]
    if column.base in NUMBERS:
        tests += [f"eq(any).{{{value},1}}", f"gt(all).{{{value}}}"]
    if column.base in TEXTS:
        tests += [f"like.{value[:1]}*", f"ilike.*{value[-1:]}*", f"match.{value[:1]}", f"imatch.{value[:1]}"]
        tests += [f"eq(any).{{{value}}}", f"like(all).{{{value[:1]}*}}", f"ilike(any).{{{value[:1]}*,z*}}"]
        tests += [f"{known.random.choice(['fts', 'plfts(simple)', 'phfts(english)', 'wfts'])}.abc"]
    if column.base == "tsvector":
        tests = ["fts.quick", "plfts(simple).the fox", "phfts(simple).quick fox", "wfts(simple).fox -slow", "is.null"]
    if column.base == "boolean":
        tests += ["is.true", "is.false", "is.unknown", "is.TRUE"]
    if column.base in RANGES:
        ranges = ["cs", "cd", "ov", "sl", "sr", "nxl", "nxr", "adj"]
        tests = ["is.null", f"eq.{value}", *(f"{each}.{value}" for each in ranges)]
    if column.base.endswith("[]"):
        tests = ["is.null", f"eq.{value}", "cs.{}", f"cd.{value}", f"cs.{value}", f"ov.{value}"]
    if column.base == "jsonb":
        tests = ["is.null", f"eq.{value}", "cs.{}", f"cd.{value}", f"cs.{value}"]
    if column.base == "json":
        tests = ["is.null"]
    return known.random.choice(["", "", "", "not."]) + known.random.choice(tests)


def order(known: Material, relation: Relation) -> str:
    """Something, and then the key or else every column, so that no two rows are alike."""
    terms = []
    column = known.random.choice(known.columns[relation.name])
    if known.by_chance(0.5) and column.base not in UNORDERED:
        way = known.random.choice(["", ".desc", ".asc", ".desc.nullslast", ".nullsfirst", ".desc.nullsfirst"])
        steps = "->x" if column.base == "jsonb" and known.by_chance(0.3) else ""
        terms.append(named(column.name) + steps + way)
    readable = {each.name for each in known.columns[relation.name]}
    keys: Sequence[str] = relation.primary_key
    if not keys or not readable.issuperset(keys):
        keys = [each.name for each in known.columns[relation.name] if each.base not in UNORDERED]
    return ",".join([*terms, *(named(name) for name in keys)])
