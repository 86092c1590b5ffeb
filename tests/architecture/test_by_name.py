"""What has many parts is made and called by their names: nobody counts to the fifth value of a call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "sahne"
POSITIONAL_FIELDS_MAX = 4
PARAMETERS_MAX = 6

Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_records_of_many_fields_are_made_by_keyword() -> None:
    positional = {
        f"{place} {record.name}: {len(fields(record))} fields"
        for place, record in classes()
        if is_dataclass(record) and len(fields(record)) > POSITIONAL_FIELDS_MAX and not is_by_keyword(record)
    }
    assert positional == set()


def test_no_function_wants_more_than_six_values() -> None:
    """What may be left out and goes by name is no burden. Commands and routes may want more: a library gives it to them."""
    wide = {
        f"{place} {function.name}: {len(parameters(function))} parameters"
        for place, function in functions()
        if len(parameters(function)) > PARAMETERS_MAX
        and not is_registered(function)
        and not is_command(place, function)
    }
    assert wide == set()


def test_both_rules_see_what_they_forbid() -> None:
    tree = ast.parse("@dataclass(frozen=True)\nclass A:\n    a: int\n    b: ClassVar[int]\n    _: KW_ONLY\n    c: int")
    record = tree.body[0]
    assert isinstance(record, ast.ClassDef)
    assert (is_dataclass(record), fields(record), is_by_keyword(record)) == (True, ["a"], False)
    function = ast.parse("def f(self, a, /, b, c=1, *d, e, f=1, **g): ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert parameters(function) == ["a", "b", "c", "e"]


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield str(path.relative_to(PACKAGE)), ast.parse(path.read_text("utf-8"))


def classes() -> Iterator[tuple[str, ast.ClassDef]]:
    for place, tree in trees():
        yield from ((place, node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def functions() -> Iterator[tuple[str, Function]]:
    for place, tree in trees():
        yield from ((place, node) for node in ast.walk(tree) if isinstance(node, Function))


def dataclass_decorator(record: ast.ClassDef) -> ast.expr | None:
    for each in record.decorator_list:
        name = each.func if isinstance(each, ast.Call) else each
        if isinstance(name, ast.Name) and name.id == "dataclass":
            return each
    return None


def is_dataclass(record: ast.ClassDef) -> bool:
    return dataclass_decorator(record) is not None


def is_by_keyword(record: ast.ClassDef) -> bool:
    decorator = dataclass_decorator(record)
    words = decorator.keywords if isinstance(decorator, ast.Call) else []
    return any(word.arg == "kw_only" and isinstance(word.value, ast.Constant) and word.value.value for word in words)


def fields(record: ast.ClassDef) -> list[str]:
    """The names its maker gives values to by place."""
    names: list[str] = []
    for node in record.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and is_given(node):
            if ast.unparse(node.annotation) == "KW_ONLY":
                break
            names.append(node.target.id)
    return names


def is_given(node: ast.AnnAssign) -> bool:
    words = node.value.keywords if isinstance(node.value, ast.Call) else []
    said = {word.arg: ast.unparse(word.value) for word in words}
    return (
        "ClassVar" not in ast.unparse(node.annotation) and said.get("init") != "False" and said.get("kw_only") != "True"
    )


def parameters(function: Function) -> list[str]:
    """What it takes by place, and what it takes by name and cannot do without; not the one for itself."""
    given = function.args
    needed = [each for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None]
    return [each.arg for each in (*given.posonlyargs, *given.args, *needed) if each.arg not in ("self", "cls")]


def is_command(place: str, function: Function) -> bool:
    """A file of `cli` is a command, and the function of its name is what typer calls."""
    return place == f"cli/{function.name}.py"


def is_registered(function: Function) -> bool:
    """`@app.command()`, `@router.post("/…")`: called by a library, by names."""
    return any(isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) for each in function.decorator_list)
