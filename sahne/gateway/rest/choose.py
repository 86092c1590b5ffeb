"""Which function a call means, by its name and the arguments that are given. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from sahne.database.catalog import Argument, Function, Schema
from sahne.gateway.rest.errors import AmbiguousFunction, NoFunction
from sahne.gateway.rest.request import RestRequest

ARGUMENTS_TOLD_MAX = 100  # as many as a function of PostgreSQL can have
WHOLE_BODY = {
    "application/json": ("json", "jsonb"),
    "text/plain": ("text",),
    "text/xml": ("xml",),
    "application/octet-stream": ("bytea",),
}


def choose(request: RestRequest, schema: Schema, arguments: Mapping[str, Any]) -> Function:
    """The one function that the arguments fit, by their names; else the one that takes the body as its only argument.

    Raises:
        NoFunction, AmbiguousFunction
    """
    overloads = schema.functions.get(request.target, ())
    fitting = [each for each in overloads if _fits(each, arguments)]
    if not fitting and not request.reads:
        fitting = [each for each in overloads if takes_body(each, request)]
    if len(fitting) > 1:  # the one that was meant by name, before one with a single unnamed argument
        fitting = [each for each in fitting if not takes_body(each, request)] or fitting
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        candidates = ", ".join(f"{schema.name}.{_signature(each)}" for each in fitting)
        raise AmbiguousFunction(
            f"Could not choose the best candidate function between: {candidates}",
            hint="Try renaming the parameters or the function itself in the database"
            " so function overloading can be resolved",
        )
    raise refuse_unknown(request, schema, arguments)


def arguments_of(function: Function, arguments: Mapping[str, Any]) -> tuple[Argument, ...]:
    """Those of the function that the call has."""
    return tuple(argument for argument in function.arguments if argument.name in arguments)


def takes_body(function: Function, request: RestRequest) -> bool:
    """Whether the body itself, as it is, is the one argument."""
    if request.reads or len(function.arguments) != 1 or function.arguments[0].name:
        return False
    return function.arguments[0].type in WHOLE_BODY.get(request.content_type, ())


def _fits(function: Function, arguments: Mapping[str, Any]) -> bool:
    names = {argument.name for argument in function.arguments}
    if "" in names and len(function.arguments) > 1:
        return False  # which of them is meant cannot be said by name
    required = {argument.name for argument in function.arguments if argument.required}
    return required <= arguments.keys() <= names


def _signature(function: Function) -> str:
    return f"{function.name}({', '.join(f'{each.name} => {each.type}' for each in function.arguments)})"


def refuse_unknown(request: RestRequest, schema: Schema, arguments: Mapping[str, Any] | None = None) -> NoFunction:
    """The refusal of a call that no function fits, with the one that may have been meant."""
    arguments = arguments or {}
    overloads = schema.functions.get(request.target, ())
    name = f"{schema.name}.{request.target}"
    names = ", ".join(sorted(arguments)[:ARGUMENTS_TOLD_MAX])
    if len(arguments) > ARGUMENTS_TOLD_MAX:
        names += f" and {len(arguments) - ARGUMENTS_TOLD_MAX} more"
    searched = f"with parameters {names}" if arguments and len(arguments) > 1 else f"with parameter {names}"
    if not arguments:
        searched = "without parameters"
    unnamed = "" if request.reads else " or with a single unnamed json/jsonb parameter"
    near = get_close_matches(request.target, schema.functions, 1)
    hint = None
    if overloads:
        hint = f"Perhaps you meant to call the function {schema.name}.{_call(overloads[0])}"
    elif near:
        hint = f"Perhaps you meant to call the function {schema.name}.{_call(schema.functions[near[0]][0])}"
    return NoFunction(
        f"Could not find the function {name}{f'({names})' if arguments else ' without parameters'} in the schema cache",
        details=f"Searched for the function {name} {searched}{unnamed}, but no matches were found in the schema cache.",
        hint=hint,
    )


def _call(function: Function) -> str:
    return f"{function.name}({', '.join(each.name for each in function.arguments)})"
