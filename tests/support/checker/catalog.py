"""The catalog as it lies in SQLite or PostgreSQL, whole, in plain dictionaries."""

import collections
import sqlite3
import time

from .objects import study_prefix

TABLES = (
    "studies", "series", "versions", "revisions", "events", "event_head", "sinks", "settling", "requests", "cursors",
    "dead_letters", "catalog_info", "erasures", "erased_objects", "adopted_objects",
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
        info = {row["key"]: row["value"] for row in self.catalog_info}
        # Where the events of this catalog begin, when it adopted a store that another one, or a newer copy, had filled.
        self.adopted_position = int(info.get("adopted_position", 0))
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
            " (SELECT count(*) FROM requests WHERE state = 1 OR (state = 0 AND look = 0)) AS open,"
            " (SELECT position FROM event_head) AS head, (SELECT coalesce(min(position), -1) FROM sinks WHERE required AND configured) AS sunk,"
            " (SELECT count(*) FROM versions) AS versions" % (time.time() * 1e6),
        )[0]
        cursors = select(connection, "SELECT source, position FROM cursors")
    finally:
        connection.close()
    return one, {row["source"]: row["position"] for row in cursors}


def named_manifests(url):
    """(study UID, revision, epoch) of every published revision, the keys that are kept besides, and up to which revision each study
    was adopted with the store: nothing but the store knows of those."""
    connection = connect(url)
    try:
        told = select(connection, "SELECT s.study_instance_uid AS uid, r.revision, r.epoch FROM revisions r JOIN studies s ON s.id = r.study_id")
        kept = select(connection, "SELECT object_key FROM erased_objects UNION ALL SELECT object_key FROM adopted_objects")
        adopted = select(connection, "SELECT 1 FROM catalog_info WHERE key = 'adopted_position'")
        studies = select(connection, "SELECT study_instance_uid AS uid, revision FROM studies") if adopted else []
    finally:
        connection.close()
    named = {(row["uid"], row["revision"], row["epoch"]) for row in told}
    known = {(uid, revision) for uid, revision, _ in named}
    adopted = {
        f"{study_prefix(row['uid'])}r{revision}."
        for row in studies
        for revision in range(1, row["revision"] + 1)
        if (row["uid"], revision) not in known
    }
    return named, {row["object_key"] for row in kept}, adopted
