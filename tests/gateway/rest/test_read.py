"""Reading through the Data API: select, filters, order, ranges, counts, embedding, and each one's refusal."""

from __future__ import annotations

import httpx
import pytest

from tests.conftest import Running
from tests.films import ADA
from tests.world import token

BETWEEN = "id=gt.1&id=lt.4"


def ids(answer: httpx.Response) -> list[int]:
    assert answer.status_code in (200, 206), answer.text
    return [row["id"] for row in answer.json()]


def test_columns_aliases_casts_and_json_paths_are_selected(anon: httpx.Client) -> None:
    answer = anon.get("/films?select=id,name:title,year::text,facts->crew->>camera,min:facts->minutes&id=eq.1")
    assert answer.json() == [{"id": 1, "name": "Cléo from 5 to 7", "year": "1962", "camera": "Rabier", "min": 90}]
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["content-range"] == "0-0/*"
    assert anon.get("/Odd%20Names?select=%22a,b%22&%22the%20id%22=eq.1").json() == [{"a,b": "comma"}]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("id=eq.1", [1]), ("id=neq.1", [2, 3, 4, 5]), ("year=gt.1962", [2, 4]), ("year=gte.1962", [1, 2, 4]),
        ("year=lt.1962", [3]), ("year=lte.1962", [1, 3]), ("title=like.*u*", [3]), ("title=ilike.I*", [3]),
        ("title=match.^V", [2]), ("title=imatch.^v", [2]), ("id=in.(1,3)", [1, 3]), ("id=in.()", []),
        ('title=in.("Lost, \\"reel\\" (1)",Ikiru)', [3, 5]), ("genre=in.(noir)", [4]), ("year=is.null", [5]),
        ("released=is.true", [1, 2, 3]), ("released=is.not_null", [1, 2, 3, 4]), ("released=is.unknown", [5]),
        ("year=isdistinct.1962", [2, 3, 4, 5]), ("tags=cs.{paris}", [1]), ("tags=cd.{road,tokyo,x}", [2, 3, 4, 5]),
        ("tags=ov.{road,paris}", [1, 2]), ("title=fts.vagabond", [2]), ("title=wfts(english).high low", [4]),
        ("title=plfts.high low", [4]), ("title=phfts.vagabond", [2]), ("id=not.eq.1", [2, 3, 4, 5]),
        ("title=not.like.*i*", [1, 2, 5]), ("facts->>minutes=eq.90", [1]), ("facts->list->1=eq.2", [1]),
        ("facts->crew->>camera=like.Rab*", [1]), ('facts=cs.{"minutes": 143}', [3]),
        ("or=(id.eq.1,and(year.gt.1960,genre.eq.noir))", [1, 4]), ("not.or=(id.eq.1,id.in.(2,3))", [4, 5]),
        ('or=(title.eq."Lost, \\"reel\\" (1)",title.like.Iki*)', [3, 5]),
        ("and=(id.gt.1,not.or(id.eq.2,id.eq.3))", [4, 5]),
        ("or=(tags.cs.{paris,real-time},year.is.null)", [1, 5]), ("id=eq(any).{1,2}", [1, 2]),
        ("title=like(any).{C*,V*}", [1, 2]), ("title=ilike(all).{*o*,*l*}", [1, 4, 5]),
        ("shown=adj.[1962-05-01,1962-06-01)", [1]),
        ("shown=sl.[1970-01-01,1971-01-01)", [1]), (BETWEEN, [2, 3]),
    ],
)  # fmt: skip
def test_a_filter_finds_its_rows(anon: httpx.Client, query: str, found: list[int]) -> None:
    pairs = [tuple(query.split("=", 1))] if query != BETWEEN else [("id", "gt.1"), ("id", "lt.4")]
    assert ids(anon.get("/films", params=[*pairs, ("order", "id")])) == found


def test_values_never_become_sql(anon: httpx.Client) -> None:
    assert anon.get("/films", params={"title": "eq.'; drop table films; --"}).json() == []
    assert anon.get("/films", params={"select": 'id,"x\'; --"'}).json()["code"] == "42703"
    assert anon.get("/films", params={"facts->'a'": "eq.1"}).json() == []
    assert anon.get("/films", params={"or": "(title.eq.');--,id.eq.1)"}).status_code == 400


def test_order_limit_offset_and_the_range_header(anon: httpx.Client) -> None:
    assert ids(anon.get("/films?order=year.desc.nullslast,id")) == [2, 4, 1, 3, 5]
    assert ids(anon.get("/films?order=year.asc.nullsfirst")) == [5, 3, 1, 4, 2]
    assert ids(anon.get("/films?order=facts->>minutes.desc.nullslast,id&limit=2")) == [1, 3]
    assert ids(anon.get("/films?order=id&limit=2&offset=1")) == [2, 3]
    paged = anon.get("/films?order=id", headers={"range": "1-2"})
    assert (ids(paged), paged.headers["content-range"]) == ([2, 3], "1-2/*")
    assert anon.get("/films?limit=x").json()["code"] == "PGRST100"


def test_counts_are_exact_planned_or_estimated(anon: httpx.Client) -> None:
    exact = anon.get("/films?order=id&limit=2", headers={"prefer": "count=exact"})
    assert (exact.status_code, exact.headers["content-range"]) == (206, "0-1/5")
    assert exact.headers["preference-applied"] == "count=exact"
    head = anon.head("/films?year=gt.1960", headers={"prefer": "count=exact"})
    assert (head.status_code, head.headers["content-range"], head.content) == (200, "0-2/3", b"")
    for how in ("planned", "estimated"):
        said = anon.get("/films?id=eq.1", headers={"prefer": f"count={how}"})
        assert said.headers["content-range"].startswith("0-0/")
    beyond = anon.get("/films?offset=10", headers={"prefer": "count=exact"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "PGRST103")
    assert beyond.json()["details"] == "An offset of 10 was requested, but there are only 5 rows."


def test_a_single_object_is_given_or_refused(anon: httpx.Client) -> None:
    one = {"accept": "application/vnd.pgrst.object+json"}
    answer = anon.get("/films?id=eq.1&select=id", headers=one)
    assert (answer.json(), answer.headers["content-type"]) == (
        {"id": 1},
        "application/vnd.pgrst.object+json; charset=utf-8",
    )
    for query, rows in (("id=eq.999", 0), ("id=lt.3", 2)):
        refused = anon.get(f"/films?{query}", headers=one)
        assert refused.status_code == 406
        assert refused.json() == {
            "code": "PGRST116",
            "details": f"The result contains {rows} rows",
            "hint": None,
            "message": "Cannot coerce the result to a single JSON object",
        }


def test_csv_is_given_when_asked_for(anon: httpx.Client) -> None:
    answer = anon.get("/actors?order=id&limit=2", headers={"accept": "text/csv"})
    assert answer.text == 'id,name\n1,"Corinne Marchand"\n2,"Sandrine Bonnaire"'
    assert anon.get("/actors", headers={"accept": "image/png"}).json()["code"] == "PGRST107"


def test_embedding_to_one_to_many_and_many_to_many(anon: httpx.Client) -> None:
    to_one = anon.get(
        "/films?id=eq.2&select=id,director:directors!director_id(name),producer:directors!films_producer_id_fkey(name)"
    )
    assert to_one.json() == [{"id": 2, "director": {"name": "Agnès Varda"}, "producer": {"name": "Akira Kurosawa"}}]
    to_many = anon.get(
        "/directors?select=name,films!director_id(title)&films.order=year.desc&films.limit=1&id=in.(1,3)&order=id"
    )
    assert to_many.json() == [
        {"name": "Agnès Varda", "films": [{"title": "Vagabond"}]},
        {"name": "Nobody Yet", "films": []},
    ]
    through = anon.get("/films?id=eq.4&select=id,actors(name)&actors.order=name.desc")
    assert through.json() == [{"id": 4, "actors": [{"name": "Toshiro Mifune"}, {"name": "Takashi Shimura"}]}]
    nested = anon.get("/actors?id=eq.4&select=name,films(title,directors!director_id(name),film_details(*))")
    assert nested.json() == [
        {
            "name": "Toshiro Mifune",
            "films": [{"title": "High and Low", "directors": {"name": "Akira Kurosawa"}, "film_details": None}],
        }
    ]
    by_column = anon.get("/films?id=eq.1&select=director_id(name),castings(part,actors(name))")
    assert by_column.json() == [
        {"director_id": {"name": "Agnès Varda"}, "castings": [{"part": "Cléo", "actors": {"name": "Corinne Marchand"}}]}
    ]


def test_inner_embeds_filter_their_parent_and_left_ones_do_not(anon: httpx.Client) -> None:
    assert ids(anon.get("/films?select=id,actors!inner(name)&actors.name=like.Tak*&order=id")) == [3, 4]
    left = anon.get("/films?select=id,actors(name)&actors.name=like.Tak*&order=id").json()
    assert [len(row["actors"]) for row in left] == [0, 0, 1, 1, 0]
    counted = anon.get(
        "/films?select=id,actors!inner(name)&actors.name=like.Tak*&limit=1", headers={"prefer": "count=exact"}
    )
    assert counted.headers["content-range"] == "0-0/2"
    inner_one = "/films?select=id,directors!director_id!inner(name)&directors.name=eq.Akira Kurosawa&order=id"
    assert ids(anon.get(inner_one)) == [3, 4]
    trees = "/directors?select=id,films!director_id!inner(id)&films.or=(year.lt.1960,genre.eq.noir)"
    assert ids(anon.get(trees)) == [2]


def test_an_embed_can_be_asked_whether_it_is_there(anon: httpx.Client) -> None:
    assert ids(anon.get("/films?select=id,actors()&actors=is.null&order=id")) == [5]
    assert ids(anon.get("/films?select=id,film_details()&film_details=not.is.null")) == [1]
    refused = anon.get("/films?select=id,actors()&actors=eq.1")
    assert refused.json()["code"] == "PGRST120"


def test_spreads_and_related_order(anon: httpx.Client) -> None:
    spread = anon.get("/films?id=lt.3&select=id,...directors!director_id(by:name)&order=id")
    assert spread.json() == [{"id": 1, "by": "Agnès Varda"}, {"id": 2, "by": "Agnès Varda"}]
    many = anon.get("/films?id=eq.4&select=id,...castings(part)")
    assert many.json() == [{"id": 4, "part": ["Chief", "Gondo"]}]
    ordered = "/films?select=id,directors!director_id(name)&order=directors(name).desc.nullslast,id"
    assert ids(anon.get(ordered)) == [3, 4, 1, 2, 5]
    assert anon.get("/films?select=id,actors(name)&order=actors(name)").json()["code"] == "PGRST118"


def test_a_view_embeds_through_the_keys_of_its_table(anon: httpx.Client) -> None:
    answer = anon.get("/film_titles?id=eq.3&select=title,directors(name),actors(name)")
    assert answer.json() == [
        {"title": "Ikiru", "directors": {"name": "Akira Kurosawa"}, "actors": [{"name": "Takashi Shimura"}]}
    ]


def test_an_ambiguous_embed_is_explained(anon: httpx.Client) -> None:
    answer = anon.get("/films?select=id,directors(name)")
    assert answer.status_code == 300
    body = answer.json()
    assert body["code"] == "PGRST201"
    assert body["message"] == "Could not embed because more than one relationship was found for 'films' and 'directors'"
    assert body["details"][0] == {
        "cardinality": "many-to-one",
        "embedding": "films with directors",
        "relationship": "films_director_id_fkey using films(director_id) and directors(id)",
    }
    assert "'directors!films_director_id_fkey', 'directors!films_producer_id_fkey'" in body["hint"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/film", 404, "PGRST205"), ("/films?select=id,stock(sku)", 400, "PGRST200"),
        ("/films?select=nope", 400, "42703"),
        ("/films?id=like", 400, "PGRST100"), ("/films?select=id,(", 400, "PGRST100"), ("/films?id=eq.x", 400, "22P02"),
        ("/films?actors.name=eq.x", 400, "PGRST108"), ("/films?select=year.max()", 400, "PGRST123"),
        ("/films?select=count()", 400, "PGRST123"), ("/closed", 401, "42501"), ("/a/b/c", 404, "PGRST125"),
        ("/films?year=is.3", 400, "PGRST100"),
    ],
)  # fmt: skip
def test_a_refusal_has_postgrests_status_and_code(anon: httpx.Client, path: str, status: int, code: str) -> None:
    answer = anon.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json().keys() == {"code", "details", "hint", "message"}


def test_a_sum_that_is_off_says_what_switches_it_on(anon: httpx.Client) -> None:
    assert "SAHNE_REST_AGGREGATES" in anon.get("/films?select=count()").json()["hint"]


def test_policies_and_column_grants_decide_what_is_seen(anon: httpx.Client, ada: httpx.Client) -> None:
    assert anon.get("/notes?select=id").json()["code"] == "42501"
    assert anon.get("/notes").status_code == 401
    assert [row["body"] for row in ada.get("/notes").json()] == ["Ada's"]
    assert ada.get("/notes").json()[0].keys() == {"id", "owner_id", "body"}
    refused = ada.get("/notes?select=secret")
    assert (refused.status_code, refused.json()["code"]) == (403, "42501")


def test_who_calls_is_known_by_bearer_by_apikey_or_not_at_all(films: Running, anon: httpx.Client) -> None:
    good = token(ADA)
    assert len(anon.get("/notes", headers={"apikey": good}).json()) == 1
    assert len(anon.get(f"/notes?apikey={good}").json()) == 1
    for bearer, code in (
        (token(ADA, exp=1), "PGRST303"),
        (good[:-3] + "abc", "PGRST301"),
        (token(ADA, role="postgres"), "PGRST301"),
        *((token(ADA, exp=exp), "PGRST303") for exp in (None, "soon", [1], float("inf"), 10**400, True)),
        *((token(ADA, nbf=moment), "PGRST303") for moment in ("x", 1e12)),
        *((token(ADA, iat=moment), "PGRST303") for moment in ("x", 1e12)),
        *((token(ADA, aud=aud), "PGRST303") for aud in (7, [7], {})),
    ):
        refused = anon.get("/films", headers={"authorization": f"Bearer {bearer}"})
        assert (refused.status_code, refused.json()["code"]) == (401, code)
        assert refused.headers["www-authenticate"].startswith("Bearer")


def test_preferences_are_applied_or_refused_when_strict(anon: httpx.Client) -> None:
    east = anon.get("/films?id=eq.1&select=added_at", headers={"prefer": "timezone=Asia/Tokyo"})
    assert east.json() == [{"added_at": "2026-01-01T09:00:00+09:00"}]
    assert east.headers["preference-applied"] == "timezone=Asia/Tokyo"
    lenient = anon.get("/films?id=eq.1", headers={"prefer": "anything=else, timezone=Moon/Base"})
    assert lenient.status_code == 200
    strict = anon.get("/films", headers={"prefer": "handling=strict, anything=else"})
    assert (strict.status_code, strict.json()["code"]) == (400, "PGRST122")
    schema = anon.get("/films", headers={"accept-profile": "private"})
    assert (schema.status_code, schema.json()["code"]) == (406, "PGRST106")
