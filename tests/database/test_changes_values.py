"""What the stream writes of a row equals what `to_jsonb` says of it."""

from __future__ import annotations

import orjson
import psycopg
import pytest

from sahne.database.actor import SERVICE
from tests.database.audience import opened_feed, run, shows

pytestmark = pytest.mark.anyio

COLUMNS = {
    "small": ("int2", ["-3"]), "whole": ("int8", ["9007199254740993"]), "exact": ("numeric", ["1.50", "NaN", "1e40"]),
    "single": ("float4", ["0.1", "Infinity"]), "double": ("float8", ["1e300", "NaN", "-0.5"]),
    "truth": ("bool", ["true", "false"]), "words": ("text", ['é "quoted" \\ \n newline', ""]),
    "fixed": ("char(4)", ["ab"]),
    "json_": ("json", ['{"a": [1, null]}']), "jsonb_": ("jsonb", ['{"a": [1, null]}', '"text"']),
    "day": ("date", ["2026-02-28", "infinity"]), "clock": ("time", ["03:04:05.6"]),
    "moment": ("timestamp", ["2026-02-28 03:04:05.678", "-infinity", "0044-03-15 00:00:00 BC"]),
    "zoned": ("timestamptz", ["2026-02-28 03:04:05+02", "infinity", "0044-03-15 00:00:00+00 BC"]),
    "span": ("interval", ["1 year 2 days 03:04:05"]), "id_": ("uuid", ["8d1d9ae4-0000-4000-8000-00000000abcd"]),
    "raw": ("bytea", ["\\x00ff"]), "address": ("inet", ["10.0.0.1/8"]), "span_": ("int4range", ["[1,5)"]),
    "numbers": ("int4[]", ["{1,NULL,3}", "{}", "{{1,2},{3,4}}", "[2:3]={7,8}"]),
    "texts": ("text[]", ['{a,"b,c","d\\"e",NULL,"NULL",""}']), "jsons": ("jsonb[]", ['{"{\\"a\\": 1}"}']),
    "zones": ("timestamptz[]", ['{"2026-02-28 03:04:05+00"}']), "box_": ("box[]", ["{(1,1),(0,0);(2,2),(0,0)}"]),
    "mood": ("mood", ["glad"]), "moods": ("mood[]", ["{glad,sad}"]), "positive": ("positive", ["3"]),
}  # fmt: skip


async def test_every_common_type_is_written_as_to_jsonb_writes_it(database_url: str) -> None:
    columns = ", ".join(f'"{name}" {kind}' for name, (kind, _) in COLUMNS.items())
    run(
        database_url,
        "create type mood as enum ('glad', 'sad')",
        "create domain positive as int check (value > 0)",
        f"create table public.every_type (key int primary key, {columns})",
        "grant select on public.every_type to service_role",
        "alter publication supabase_realtime add table public.every_type",
    )
    async with opened_feed(database_url) as audience:
        screen = audience.watch("service", SERVICE, "every_type")
        rounds = max(len(values) for _, values in COLUMNS.values())
        with psycopg.connect(database_url, autocommit=True, options="-c timezone=UTC") as conn:
            for key in range(rounds + 1):  # the last row is all null
                values = [values[key] if key < len(values) else None for _, values in COLUMNS.values()]
                marks = ", ".join(["%s"] * (len(values) + 1))
                conn.execute(f"insert into public.every_type values ({marks})", [key, *values])
            wanted = [
                orjson.loads(text)
                for (text,) in conn.execute("select to_jsonb(t)::text from public.every_type t order by key")
            ]
        await shows(lambda: len(screen.shown) == rounds + 1)
        assert [shown["record"] for shown in screen.shown] == wanted
        described = {column["name"]: column["type"] for column in screen.shown[0]["columns"]}
        assert described["numbers"] == "_int4"
        assert described["positive"] == "positive"
        assert described["zoned"] == "timestamptz"
