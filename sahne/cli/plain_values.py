"""What a value on the command line is, where nobody need be asked: an option that was left out, a text, a path.

Typer has pydantic read every value but a flag's, what was left out too, and loading it takes as long as the rest of a
small command. Numbers, moments, choices and bounds are Typer's still. A path is none that Typer would have to look at:
our options ask neither that it exist nor that it be resolved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from typer.core import TyperArgument, TyperOption

PLAIN = (str, Path)


def read_plainly(params: Iterable[object]) -> None:
    """Have a command's options and arguments read so."""
    for param in params:
        if isinstance(param, TyperArgument | TyperOption) and param.nargs == 1:
            param.process_value = partial(_value_of, param, param.process_value)  # type: ignore[method-assign]


def _value_of(
    param: TyperArgument | TyperOption, by_typer: Callable[[Any, Any], object], context: Any, value: object
) -> object:
    kind = param.type_descriptor.annotation
    if param.callback:
        return by_typer(context, value) if value is not None else param.callback(context, param, None)
    if value is None and not param.required:
        return None
    if kind in PLAIN and isinstance(value, PLAIN):
        return kind(value)
    if type(value) is kind:  # a default
        return value
    return by_typer(context, value)
