"""A request on a table or function as its statement: plan, then SQL. Pure, and done once for each shape."""

from __future__ import annotations

from dataclasses import replace

from sahne.database.actor import SERVICE_ROLE
from sahne.database.catalog import Catalog, Function, Handler, Relation, Schema
from sahne.gateway.rest.errors import NoColumn, NoSuchMediaType, Unfiltered, UnknownSchema
from sahne.gateway.rest.media import AS_JSON, Form, form_of
from sahne.gateway.rest.payload import Payload
from sahne.gateway.rest.plan import Read, Scope, plan_read
from sahne.gateway.rest.query.call import Call, call_sql
from sahne.gateway.rest.query.fragment import Parameters
from sahne.gateway.rest.query.names import table
from sahne.gateway.rest.query.read import count_sql, plain_count_rows_sql, rows_sql
from sahne.gateway.rest.query.statement import Around, Estimate, Format, Gives, Statement, answer_sql, comes_as_hex
from sahne.gateway.rest.query.write import Write, write_sql
from sahne.gateway.rest.request import RestRequest
from sahne.gateway.rest.resolve import find_relation
from sahne.gateway.rest.syntax import Field, Query, Selected

# More joins than these are run in the order in which they are written: to try each other order takes a second
JOINS_PLANNED_MAX = 4
IN_ORDER = ((b"join_collapse_limit", b"1"),)


def find_schema(request: RestRequest, catalog: Catalog) -> Schema:
    """The schema a request is about.

    Raises:
        UnknownSchema: it is not exposed.
    """
    schema = catalog.exposed(request.profile)
    if schema is None:
        exposed = ", ".join(catalog.exposure.schemas)
        raise UnknownSchema(
            f"Invalid schema: {request.profile}", hint=f"Only the following schemas are exposed: {exposed}"
        )
    return schema


def compile_table(
    request: RestRequest, query: Query, payload: Payload | None, catalog: Catalog, role: str
) -> Statement:
    """A read of, or a write to, the table that is asked for.

    Raises:
        RestError: whatever is wrong with it, before PostgreSQL is asked.
    """
    exposure = catalog.exposure
    scope = Scope(find_schema(request, catalog), role, exposure.rows_max, exposure.aggregates)
    relation = find_relation(scope.schema, request.target)
    if request.reads:
        statement = _read(request, query, relation, scope)
    else:
        statement = _write(request, query, payload, relation, scope)
    return _surrounded(statement, request, catalog, scope.schema)


def compile_call(request: RestRequest, query: Query, call: Call, catalog: Catalog) -> Statement:
    """A call of a function.

    Raises:
        NoSuchMediaType: there is none that will do, or its plan is asked for and plans are not given.
    """
    function, parameters, schema = call.function, Parameters(), find_schema(request, catalog)
    form = _form_of_call(request, schema, function, query)
    format_ = _written(request, form)
    call = replace(call, read=_as_taken(call.read, form))
    sql = call_sql(call, format_, parameters, exact_count=request.preferences.count == "exact")
    gives: Gives = "rows" if function.returns_row else "nothing" if function.returns == "void" else "value"
    statement = Statement(
        sql=sql.encode(),
        parameters=tuple(parameters.values),
        gives=gives,
        content_type=form.content_type,
        is_hex=comes_as_hex(format_),
        read_only=request.reads or function.volatility != "v",
        one=form.is_one and function.returns_set,
        many=function.returns_set,
        joins=call.read.joins,
    )
    return _surrounded(statement, request, catalog, schema)


def _surrounded(statement: Statement, request: RestRequest, catalog: Catalog, schema: Schema) -> Statement:
    """With what its transaction sets and calls first, and as an EXPLAIN where the plan is asked for."""
    exposure = catalog.exposure
    is_named = request.profile is not None or len(exposure.schemas) > 1
    around = Around(
        settings=(*catalog.settings(schema), *(IN_ORDER if statement.joins > JOINS_PLANNED_MAX else ())),
        before=exposure.pre_request_sql,
        profile=schema.name.encode() if is_named else None,
    )
    if request.explain is None:
        return replace(statement, around=around)
    if not exposure.plans:
        raise NoSuchMediaType(hint="Plans are given where SAHNE_REST_PLANS or pgrst.db_plan_enabled is true.")
    sql = request.explain.sql.encode() + statement.sql
    return replace(statement, sql=sql, gives="plan", one=False, estimate=None, around=around)


def _form_of_call(request: RestRequest, schema: Schema, function: Function, query: Query) -> Form:
    """A function gives a media type itself, or rows as a relation does, or a value."""
    if function.handler is not None:
        return form_of(request.accepted, {function.handler.media_type: function.handler})
    if function.returns_row:
        return _form(request, schema, function.returns_relation, query)
    return form_of(request.accepted)


def _form(request: RestRequest, schema: Schema, relation: str | None, query: Query) -> Form:
    """The answer's form, of rows of a relation or of a function's own."""
    of_relation = schema.handlers.get(relation) if relation else None
    is_whole = query.select == Query().select
    return form_of(request.accepted, of_relation, schema.handlers.get(""), is_whole=is_whole)


def _as_taken(read: Read, form: Form) -> Read:
    """What is read for a handler of whole rows: each as it lies there, no value as clients see it."""
    takes_rows = isinstance(form.format, Handler) and form.format.relation is not None
    return replace(read, selected=(Selected(Field("*")),)) if takes_rows else read


def _written(request: RestRequest, form: Form) -> Format:
    """How the body is written: who asks for the head alone has none."""
    return "none" if request.method == "HEAD" else form.format


def _read(request: RestRequest, query: Query, relation: Relation, scope: Scope) -> Statement:
    """A SELECT with the count that was asked for.

    The planner estimates from statistics of all rows, whoever asks: a filter on each next letter would spell out the
    values of rows that a policy hides. So only the role that no policy binds is given an estimate; others are counted
    what they may see.
    """
    form = _form(request, scope.schema, relation.name, query)
    read = _as_taken(plan_read(scope, query, relation.name, relation.name), form)
    source, parameters = table(relation.schema, relation.name), Parameters()
    rows = rows_sql(read, source, parameters)
    count, format_ = request.preferences.count, _written(request, form)
    estimated = count in ("planned", "estimated") and scope.role == SERVICE_ROLE
    total = count_sql(read, source, parameters) if count and not estimated else None
    return Statement(
        sql=answer_sql(rows, format_, total, gucs=form.is_handled).encode(),
        parameters=tuple(parameters.values),
        gives="rows",
        content_type=form.content_type,
        is_hex=comes_as_hex(format_),
        read_only=True,
        one=form.is_one,
        rows_max=scope.rows_max,
        joins=read.joins,
        estimate=_estimate(read, source) if estimated else None,
    )


def _estimate(read: Read, source: str) -> Estimate:
    parameters = Parameters()
    sql = b"explain (format json) " + plain_count_rows_sql(read, source, parameters).encode()
    return Estimate(sql, tuple(parameters.values))


def _write(request: RestRequest, query: Query, payload: Payload | None, relation: Relation, scope: Scope) -> Statement:
    form = _form(request, scope.schema, relation.name, query)
    is_one, returns_rows = form.is_one, request.preferences.returns == "representation"
    if request.preferences.returns == "headers-only" and request.method == "POST":
        plan_read(scope, query, relation.name, relation.name)  # what cannot be understood is refused all the same
        query = _of_key_alone(query, relation)
        returns_rows = bool(relation.primary_key)
        form = AS_JSON
    read = _as_taken(plan_read(scope, query, relation.name, relation.name), form)
    write = _within_rights(_change(request, relation, read, query, payload), scope)
    if write.is_of_all_rows:
        raise _unfiltered(request, relation)
    write = replace(write, returning=_returning(read, relation, scope.role) if returns_rows else None)
    parameters = Parameters()
    format_: Format = form.format if returns_rows else "none"
    sql = write_sql(write, format_, parameters)
    return Statement(
        sql=sql.encode(),
        parameters=tuple(parameters.values),
        gives="written",
        content_type=form.content_type,
        is_hex=comes_as_hex(format_),
        one=is_one,
        all_rows=bool(write.fixed),
        resolves=write.resolves,
        joins=read.joins,
    )


def _unfiltered(request: RestRequest, relation: Relation) -> Unfiltered:
    """As the projects of Supabase refuse it, whoever asks (their extension `safeupdate`): a filter may be forgotten."""
    verb = "DELETE" if request.method == "DELETE" else "UPDATE"
    whole = "".join(f" Every row is found by `{name}=not.is.null`." for name in relation.primary_key[:1])
    return Unfiltered(f"{verb} requires a WHERE clause", hint=f"Name the rows by a filter.{whole}")


def _of_key_alone(query: Query, relation: Relation) -> Query:
    """What is to come back is the key, whatever was to be selected, filtered and put in order besides."""
    select = tuple(Selected(Field(name)) for name in relation.primary_key)
    return replace(query, select=select, filters={}, orders={}, limits={}, offsets={})


def _within_rights(write: Write, scope: Scope) -> Write:
    """An upsert that changes of the rows that are there already what its caller may change, and keeps the rest.

    Where that is nothing, as in one of keys alone, a column that may be changed is set to what it is.
    """
    privilege = scope.schema.privileges.by_table.get(write.relation.name, {}).get(scope.role)
    if privilege is None or not write.merges:
        return write
    others = [name for name in write.columns if name not in write.conflict]
    fixed = tuple(name for name in others if name not in privilege.updates and name in privilege.inserts)
    if len(fixed) < len(others):
        return replace(write, fixed=fixed)
    if not fixed and write.conflict[0] in privilege.updates:
        return write
    touched = next((name for name in privilege.updates if name in privilege.reads), None)
    return replace(write, fixed=fixed, touched=touched) if touched else write


def _returning(read: Read, relation: Relation, role: str) -> tuple[str, ...]:
    """The columns a write must return so that `read` can be answered from them; a function takes the whole row."""
    if any(embed.relationship.function for embed in read.embeds):
        return ("*",)
    names: dict[str, None] = {}
    for item in read.selected:
        if item.field.column == "*":
            if item.aggregate:
                continue
            return ("*",)
        names[item.field.column] = None
    for embed in read.embeds:
        names.update(dict.fromkeys(embed.relationship.columns))
    for term in read.order:
        names[term.field.column] = None
    return tuple(names) or relation.readable(role) or ("*",)


def _change(request: RestRequest, relation: Relation, read: Read, query: Query, payload: Payload | None) -> Write:
    keys = payload.keys if payload else ()
    for name in keys:
        if name not in relation.columns:
            raise NoColumn(f"Could not find the '{name}' column of '{relation.name}' in the schema cache")
    if request.method == "DELETE":
        return Write(kind="delete", relation=relation, read=read)
    defaults = request.preferences.missing == "default"
    if request.method == "PATCH":
        return Write(kind="update", relation=relation, read=read, columns=keys, defaults=defaults)
    preferences = request.preferences
    return Write(
        kind="insert",
        relation=relation,
        read=read,
        columns=keys,
        conflict=query.on_conflict or relation.primary_key,
        resolution="merge-duplicates" if request.method == "PUT" else preferences.resolution,
        defaults=defaults,
        nothing=payload is not None and payload.rows == 0,
    )
