import sqlite3

from localcloud.state import schema
from localcloud.state.query import equals
from localcloud.state.store import Store


def test_data_of_every_older_version_are_brought_up_to_date(tmp_path):
    newest = Store(tmp_path / "newest.sqlite3")
    job = {"id": 5, "account_id": 1, "project_id": 10, "name": "a", "state": 1}
    job |= {"created_at": "2026-01-01T00:00:00+00:00", "updated_at": None}
    for version in range(len(schema.MIGRATIONS)):
        path = tmp_path / f"{version}.sqlite3"
        with sqlite3.connect(path) as connection:
            for script in schema.MIGRATIONS[:version]:
                connection.executescript(script)
            connection.execute(f"PRAGMA user_version = {version}")
            if version:
                connection.execute(
                    "INSERT INTO resource (kind, id, account_id, project_id, state, name, doc) "
                    "VALUES ('job', 5, 1, 10, 1, 'a', json(?))",
                    (str(job).replace("'", '"').replace("None", "null"),),
                )
        connection.close()

        store = Store(path)

        with store.reading() as session, newest.reading() as expected:
            wanted = [equals("created_at", job["created_at"])]
            assert session.find("job", wanted) == ([job] if version else [])
            tables = "SELECT sql FROM sqlite_schema ORDER BY sql"
            old, new = (s._connection.execute(tables).fetchall() for s in (session, expected))
            assert old == new
        store.close()
    newest.close()
