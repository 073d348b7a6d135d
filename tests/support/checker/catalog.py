"""The catalog as it lies in SQLite or PostgreSQL, whole, in plain dictionaries."""

import collections
import sqlite3
import time

TABLES = (
    "studies", "series", "versions", "revisions", "events", "event_head", "sinks", "settling", "requests", "cursors",
    "dead_letters", "catalog_info", "erasures", "erased_objects",
)  # fmt: skip


def connect(url):
    """`sqlite:///path`, `postgresql://…`, or the path of a SQLite file. Read only."""
    if url.startswith(("postgresql://", "postgres://")):
        import psycopg2

        connection = psycopg2.connect(url)
        connection.set_session(readonly=True, isolation_level="REPEATABLE READ")
        return connection
    path = url.removeprefix("sqlite:///")
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)


def select(connection, sql):
    cursor = connection.cursor()
    cursor.execute(sql)
    names = [column[0] for column in cursor.description]
    return [
        {name: bytes(value) if isinstance(value, memoryview) else value for name, value in zip(names, row)}
        for row in cursor.fetchall()
    ]


class Catalog:
    """One moment of it: everything is read in one transaction."""

    def __init__(self, url):
        connection = connect(url)
        try:
            if isinstance(connection, sqlite3.Connection):
                connection.execute("BEGIN")
            for table in TABLES:
                setattr(self, table, select(connection, f"SELECT * FROM {table}"))
        finally:
            connection.close()
        self.events.sort(key=lambda event: event["position"])
        self.catalog_id = next((row["value"] for row in self.catalog_info if row["key"] == "catalog_id"), "")
        self.study_of = {row["id"]: row for row in self.studies}
        self.series_of = {row["id"]: row for row in self.series}
        self.versions_of = collections.defaultdict(list)
        for version in self.versions:
            self.versions_of[version["study_id"]].append(version)


def standing(url):
    """What still moves, in words; empty when nothing does."""
    connection = connect(url)
    try:
        one = select(
            connection,
            "SELECT (SELECT count(*) FROM settling) + (SELECT count(*) FROM erasures) AS dirty,"
            " (SELECT count(*) FROM erased_objects WHERE due_at <= %d) AS condemned,"
            " (SELECT count(*) FROM requests WHERE state IN (0, 1)) AS open,"
            " (SELECT position FROM event_head) AS head, (SELECT coalesce(min(position), -1) FROM sinks) AS sunk,"
            " (SELECT count(*) FROM versions) AS versions" % (time.time() * 1e6),
        )[0]
        cursors = select(connection, "SELECT source, position FROM cursors")
    finally:
        connection.close()
    return one, {row["source"]: row["position"] for row in cursors}
