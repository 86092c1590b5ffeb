"""Patterns of one request are refused together, before PostgreSQL is asked, wherever they stand in it."""

from __future__ import annotations

import httpx
import pytest

NESTED = "((x%3F){100}){2}y"
QUOTED = f"%22{NESTED}%22"


@pytest.mark.parametrize(
    "path",
    [
        f"/films?title=imatch.{NESTED}",
        f"/films?title=not.match.{NESTED}",
        f"/films?title=match(any).{{a,{QUOTED}}}",
        f"/films?or=(year.eq.1,title.imatch.{QUOTED})",
        f"/films?and=(or(title.match.{QUOTED},year.eq.1),not.and(id.eq.1,id.eq.2))",
        "/films?title=match.x{160}&facts->>a=match.x{160}",
        f"/directors?select=name,films!director_id(title)&films.title=match.{NESTED}",
        f"/rpc/films_of?year=1962&title=match.{NESTED}",
        "/films?or=(" + ",".join("title.ilike.*a*b*c*" for _ in range(400)) + ")",
        "/films?or=(" + ",".join("title.fts.a" for _ in range(30)) + ")",
        "/films?" + "&".join(f"title=fts.{'a' * 60}" for _ in range(9)),
    ],
)
def test_costly_patterns_are_refused_together(anon: httpx.Client, path: str) -> None:
    refused = anon.get(path)
    assert (refused.status_code, refused.json()["code"]) == (400, "PGRST100"), refused.text
    assert refused.json()["message"].startswith("Too ")
    assert "limit" in refused.json()["details"]


def test_writes_are_bounded_too(ada: httpx.Client) -> None:
    for method in ("PATCH", "DELETE"):
        body = {"json": {"year": 1}} if method == "PATCH" else {}
        refused = ada.request(method, f"/films?title=match.{NESTED}", **body)  # type: ignore[arg-type]
        assert (refused.status_code, refused.json()["code"]) == (400, "PGRST100")


def test_what_people_search_for_is_found_and_a_count_weighs_it_once(anon: httpx.Client) -> None:
    words = "a" * 260
    counted = {"prefer": "count=exact"}
    for path in (
        "/films?title=imatch.^cl.o&select=id",
        "/films?title=match(any).{^Cl,%22[0-9]{2,4}%22}&select=id&limit=1",
        "/films?or=(title.ilike.*cl*o*,facts->>a.ilike.*cl*)&select=id",
        f"/films?or=(title.fts.{words},title.match.^Cl,title.match.{words})&select=id",
    ):
        found = anon.get(path, headers=counted)
        assert (found.status_code, found.json()) == (200, [{"id": 1}]), found.text
