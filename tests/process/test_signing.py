"""`sahne signing`: a file of keys made, changed and refused, as somebody does it who reads what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sahne.signing_keys import SigningKeys
from tests.process.sahne_up import run_sahne


def say(folder: Path, *words: str) -> Any:
    said = run_sahne("signing", *words, "--json", cwd=folder, variables={"SAHNE_JWT_KEYS": "keys.json"})
    answer = json.loads(said.stdout)
    assert said.returncode == (1 if "error" in answer else 0), said.stderr
    return answer


def states(answer: Any) -> list[tuple[str, str]]:
    return [(key["algorithm"], key["state"]) for key in answer["keys"]]


def test_keys_follow_each_other(tmp_path: Path) -> None:
    first = say(tmp_path, "new")
    assert states(first) == [("ES256", "signs")]
    both = say(tmp_path, "new", "--algorithm", "rs256")
    assert states(both) == [("ES256", "signs"), ("RS256", "verifies")]
    assert states(say(tmp_path, "rotate")) == [("ES256", "verifies"), ("RS256", "signs")]
    assert SigningKeys.of(tmp_path / "keys.json").public.keys() == {key["kid"] for key in both["keys"]}
    assert states(say(tmp_path, "retire", first["keys"][0]["kid"])) == [("RS256", "signs")]
    assert states(say(tmp_path, "list")) == [("RS256", "signs")]


def test_what_would_leave_nobody_signing_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    (only,) = say(tmp_path, "new")["keys"]
    before = (tmp_path / "keys.json").read_bytes()
    for words in (["rotate"], ["retire", only["kid"]], ["retire", "nobody"], ["new", "--algorithm", "none"]):
        refused = say(tmp_path, *words)["error"]
        assert refused["code"] == "signing_keys_refused"
        assert refused["hint"]
    assert (tmp_path / "keys.json").read_bytes() == before


def test_a_file_that_is_not_there_or_not_named_is_said(tmp_path: Path) -> None:
    assert say(tmp_path, "list")["error"]["code"] == "setting_invalid"
    said = run_sahne("signing", "list", cwd=tmp_path)
    assert said.returncode == 1
    assert "SAHNE_JWT_KEYS" in said.stderr
