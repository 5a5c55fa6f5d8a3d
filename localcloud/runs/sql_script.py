"""Executes SQL on a DuckDB file. Run as a file, by the Python that dbt is installed for.

    python sql_script.py '{"file": ..., "sql": ..., "drop": ...}'

Prints one line of JSON: `columns` and `rows`, or `error`. With `sql` the file is opened to be read
only, and no other can be reached; with `drop` the schema of that name is dropped, and those whose
names go on with `_`.
"""

import json
import sys

import duckdb  # type: ignore[import-not-found]  # in dbt's environment only


def main() -> None:
    """Do what the argument says."""
    request = json.loads(sys.argv[1])
    try:
        file = request["file"]
        answer = _drop(file, request["drop"]) if "drop" in request else _query(file, request["sql"])
    except duckdb.Error as error:
        answer = {"error": str(error)}
    print(json.dumps(answer, default=str))


def _query(file: str, sql: str) -> dict[str, object]:
    # Read only is the file alone: without the second, SQL could write others and attach them.
    closed = {"enable_external_access": False, "lock_configuration": True}
    with duckdb.connect(file, read_only=True, config=closed) as connection:
        found = connection.execute(sql)
        if found is None:
            return {"error": "there is no statement in it: write one, such as show all tables"}
        columns = [column[0] for column in found.description or []]
        return {"columns": columns, "rows": found.fetchall()}


def _drop(file: str, schema: str) -> dict[str, object]:
    with duckdb.connect(file) as connection:
        names = connection.execute(
            "select distinct schema_name from duckdb_schemas() "
            "where database_name = current_database() "
            "and (schema_name = ? or starts_with(schema_name, ? || '_')) order by 1",
            [schema, schema],
        ).fetchall()
        for (name,) in names:
            quoted = name.replace('"', '""')
            connection.execute(f'drop schema "{quoted}" cascade')
    return {"columns": ["dropped"], "rows": names}


if __name__ == "__main__":
    main()
