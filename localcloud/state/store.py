"""The server's state, in one SQLite file.

What was committed is in the file's write-ahead log, so the death of the process, even by
`kill -9`, loses nothing that was answered; only a power failure may take the last moments.
Writers wait for one another; readers see the state as of their first read and never wait.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from localcloud.state import schema
from localcloud.state.query import Condition, column

Doc = dict[str, Any]
"""A resource as the API returns it."""

FIRST_ID = 1000
"""The first id given. All kinds count together, so a mix-up of two kinds' ids is noticed."""

ACTIVE: Final = 1
DELETED: Final = 2

_BUSY_SECONDS = 30.0


class Store:
    """A SQLite file, opened once for each thread that uses it."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it and its directory when missing.

        Raises:
            SchemaVersionError: A newer version of this program wrote the file.
        """
        # Private to the user: runs need some secrets in the clear.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._connections_lock = threading.Lock()
        self._writer = threading.Lock()
        self._listeners: list[Callable[[Any], None]] = []
        schema.migrate(self._connection())

    def listen(self, listener: Callable[[Any], None]) -> None:
        """Call `listener` with every event that sessions announce from now on, after the commit.

        The next writer waits for it, so it must be quick and must not fail.
        """
        self._listeners.append(listener)

    @contextmanager
    def reading(self) -> Iterator["Session"]:
        """One unchanging view of the state."""
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            yield Session(connection)
        finally:
            connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator["Session"]:
        """A change of the state: kept when the block ends, undone when it raises."""
        connection = self._connection()
        with self._writer:
            connection.execute("BEGIN IMMEDIATE")
            session = Session(connection)
            try:
                yield session
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
            for event in session.announced:
                for listener in self._listeners:
                    listener(event)

    def close(self) -> None:
        """Close the file. Nothing may use the store afterwards."""
        with self._connections_lock:
            while self._connections:
                self._connections.pop().close()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            self._local.connection = connection
            with self._connections_lock:
                self._connections.append(connection)
        return connection


class Session:
    """The state inside one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """The state as that connection sees it in its transaction."""
        self._connection = connection
        self.announced: list[object] = []

    def announce(self, event: object) -> None:
        """Pass an event to the store's listeners, once this transaction is committed."""
        self.announced.append(event)

    def next_id(self) -> int:
        """A number no resource has had."""
        given = int(self.fact("next_id") or FIRST_ID)
        self.set_fact("next_id", str(given + 1))
        return given

    def get(self, kind: str, resource_id: int) -> Doc | None:
        """The resource, deleted or not; none if it never existed."""
        row = self._connection.execute(
            "SELECT doc FROM resource WHERE kind = ? AND id = ?", (kind, resource_id)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def add(self, kind: str, doc: Doc) -> Doc:
        """Store a new resource; it gets an id unless it has one."""
        given = doc.get("id")
        doc = {**doc, "id": given or self.next_id()}
        if given and given >= int(self.fact("next_id") or FIRST_ID):
            # An id of a seed: later ids are greater.
            self.set_fact("next_id", str(given + 1))
        self._connection.execute(
            "INSERT INTO resource (kind, id, account_id, project_id, environment_id, job_id, "
            "state, status, name, created_at, doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (kind, doc["id"], *_columns(doc)),
        )
        return doc

    def put(self, kind: str, doc: Doc) -> Doc:
        """Replace a stored resource."""
        self._connection.execute(
            "UPDATE resource SET account_id = ?, project_id = ?, environment_id = ?, job_id = ?, "
            "state = ?, status = ?, name = ?, created_at = ?, doc = ? WHERE kind = ? AND id = ?",
            (*_columns(doc), kind, doc["id"]),
        )
        return doc

    def find(
        self,
        kind: str,
        where: Sequence[Condition] = (),
        *,
        order_by: str = "id",
        limit: int = -1,
        offset: int = 0,
    ) -> list[Doc]:
        """The resources of a kind that meet every condition.

        Args:
            kind: Which resources.
            where: The conditions.
            order_by: A field; a leading `-` turns the order round. Ties go by id.
            limit: How many at most; all when negative.
            offset: How many to leave out at the start.
        """
        descending = order_by.startswith("-")
        order = f"{column(order_by.lstrip('-'))}{' DESC' if descending else ''}"
        # A second `id` would keep SQLite from using an index for the order.
        order += "" if order_by.lstrip("-") == "id" else ", id"
        clause, values = _where(kind, where)
        rows = self._connection.execute(
            f"SELECT doc FROM resource {clause} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608 - made of checked names and placeholders only
            (*values, limit, offset),
        )
        return [json.loads(row[0]) for row in rows]

    def count(self, kind: str, where: Sequence[Condition] = ()) -> int:
        """How many resources of a kind meet every condition."""
        clause, values = _where(kind, where)
        sql = f"SELECT count(*) FROM resource {clause}"  # noqa: S608 - made of checked names and placeholders only
        return int(self._connection.execute(sql, values).fetchone()[0])

    def counts(self) -> dict[str, int]:
        """How many resources of each kind are not deleted."""
        rows = self._connection.execute(
            "SELECT kind, count(*) FROM resource WHERE state != ? GROUP BY kind ORDER BY kind",
            (DELETED,),
        )
        return dict(rows.fetchall())

    def kinds(self) -> list[str]:
        """The kinds of which there ever was a resource."""
        rows = self._connection.execute("SELECT DISTINCT kind FROM resource ORDER BY kind")
        return [row[0] for row in rows]

    def add_token_hash(self, token_hash: str, token_id: int) -> None:
        """Store the hash of the service token `token_id`."""
        self._connection.execute("INSERT INTO token_hash VALUES (?, ?)", (token_hash, token_id))

    def token_id_of(self, token_hash: str) -> int | None:
        """The service token whose text has that hash."""
        row = self._connection.execute(
            "SELECT token_id FROM token_hash WHERE hash = ?", (token_hash,)
        ).fetchone()
        return None if row is None else int(row[0])

    def set_secret(self, kind: str, resource_id: int, name: str, value: str) -> None:
        """Store a value that no answer shows."""
        self._connection.execute(
            "INSERT OR REPLACE INTO secret VALUES (?, ?, ?, ?)", (kind, resource_id, name, value)
        )

    def secrets_of(self, kind: str, resource_id: int) -> dict[str, str]:
        """The secret values of a resource, by name."""
        rows = self._connection.execute(
            "SELECT name, value FROM secret WHERE kind = ? AND id = ?", (kind, resource_id)
        )
        return dict(rows.fetchall())

    def remove_secrets(self, kind: str, resource_id: int) -> None:
        """Delete the secret values of a resource."""
        self._connection.execute(
            "DELETE FROM secret WHERE kind = ? AND id = ?", (kind, resource_id)
        )

    def fact(self, name: str) -> str | None:
        """A fact about the data directory."""
        row = self._connection.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_fact(self, name: str, value: str) -> None:
        """Store a fact about the data directory."""
        self._connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))

    def clear(self) -> None:
        """Delete every resource, token and secret. Facts stay; ids start again."""
        self._connection.execute("DELETE FROM resource")
        self._connection.execute("DELETE FROM token_hash")
        self._connection.execute("DELETE FROM secret")
        self._connection.execute("DELETE FROM fact WHERE name = 'next_id'")


def _columns(doc: Doc) -> tuple[Any, ...]:
    job_id = doc.get("job_definition_id")
    name = doc.get("name")
    return (
        doc.get("account_id"),
        doc.get("project_id"),
        doc.get("environment_id"),
        job_id if isinstance(job_id, int) else None,
        doc.get("state", ACTIVE),
        doc.get("status"),
        name if isinstance(name, str) else None,
        doc.get("created_at"),
        json.dumps(doc, ensure_ascii=False, separators=(",", ":")),
    )


def _where(kind: str, where: Sequence[Condition]) -> tuple[str, tuple[Any, ...]]:
    clause = " AND ".join(["kind = ?", *(condition.sql for condition in where)])
    values = [kind, *(value for condition in where for value in condition.values)]
    return f"WHERE {clause}", tuple(values)
