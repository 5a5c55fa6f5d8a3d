"""The SQLite schema and the one path by which it changes.

Each entry of `MIGRATIONS` brings the file from its index to the next version; the version is
SQLite's own `user_version`. A new version is a new entry, never an edit of an old one.
"""

import sqlite3

MIGRATIONS = (
    """
    -- One row for each resource of dbt Cloud. `doc` is the resource as the API returns it; the
    -- columns beside it are copies of its fields, for the indexes.
    CREATE TABLE resource (
        kind TEXT NOT NULL,
        id INTEGER NOT NULL,
        account_id INTEGER,
        project_id INTEGER,
        environment_id INTEGER,
        job_id INTEGER,
        state INTEGER NOT NULL,
        status INTEGER,
        name TEXT,
        doc TEXT NOT NULL
    );
    CREATE UNIQUE INDEX resource_by_id ON resource (kind, id);
    CREATE INDEX resource_by_account ON resource (kind, account_id, state, id);
    CREATE INDEX resource_by_project ON resource (kind, project_id, state, id);
    CREATE INDEX resource_by_environment ON resource (kind, environment_id, state, id);
    CREATE INDEX resource_by_job ON resource (kind, job_id, id);
    CREATE INDEX resource_by_status ON resource (kind, account_id, status, id);
    CREATE INDEX resource_by_name ON resource (kind, account_id, state, name, id);

    -- What a token opens: the SHA-256 of its text, never the text.
    CREATE TABLE token_hash (hash TEXT PRIMARY KEY, token_id INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX token_hash_by_token ON token_hash (token_id);

    -- Values that runs need and that no answer, dump or log may show.
    CREATE TABLE secret (
        kind TEXT NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (kind, id, name)
    ) WITHOUT ROWID;

    -- Facts about this data directory itself.
    CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    """,
    """
    -- Clients ask for the newest runs by their time of making.
    ALTER TABLE resource ADD COLUMN created_at TEXT;
    UPDATE resource SET created_at = json_extract(doc, '$.created_at');
    CREATE INDEX resource_by_making ON resource (kind, account_id, created_at, id);
    -- Every list has its total: with all columns in it, this index alone can count.
    DROP INDEX resource_by_account;
    CREATE INDEX resource_by_account ON resource (
        kind, account_id, state, id,
        project_id, environment_id, job_id, status, name, created_at
    );
    """,
)


class SchemaVersionError(Exception):
    """The file was written by a newer version of this program."""

    def __init__(self, found: int) -> None:
        """A refusal of that version."""
        super().__init__(
            f"the data has schema version {found}, this program knows up to {len(MIGRATIONS)}; "
            "update the program, or give another data directory"
        )


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file behind `connection` to the newest schema, all or nothing.

    Raises:
        SchemaVersionError: The file's schema is newer than this program.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise SchemaVersionError(version)
        for script in MIGRATIONS[version:]:
            for statement in script.split(";\n"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
