"""The store of one installation as files, and the inbox beside it."""

import hashlib
import os
import re
import sqlite3

from . import part10

PLAIN_UID = re.compile(r"[0-9]+(\.[0-9]+)*\Z")


def safe(uid):
    if PLAIN_UID.match(uid) and len(uid) <= 64:
        return uid
    return "x" + hashlib.sha256(uid.encode()).hexdigest()[:32]


def study_prefix(study_uid):
    return f"studies/{hashlib.sha256(study_uid.encode()).hexdigest()[:3]}/{safe(study_uid)}_"


def instance_key(study_uid, sop_uid, dataset_sha256):
    return f"{study_prefix(study_uid)}{safe(sop_uid)}.{dataset_sha256[:32]}.dcm"


def manifest_key(study_uid, revision, epoch):
    """`epoch`: of the settler that wrote it; 0: of a program before schema 5."""
    return f"{study_prefix(study_uid)}r{revision}.e{epoch}.json" if epoch else f"{study_prefix(study_uid)}r{revision}.json"


def beginning(key):
    """Of the key of a manifest: up to its revision, with the point behind it."""
    name = key.removesuffix(".json")
    return (name if re.search(r"_r[0-9]+\Z", name) else name[: name.rfind(".e")]) + "."


def manifests(root):
    """The keys of all manifests below the root."""
    found = set()
    for folder, _, names in os.walk(os.path.join(root, "studies")):
        found |= {os.path.normpath(os.path.join(os.path.relpath(folder, root), name)) for name in names if name.endswith(".json")}
    return found


class Objects:
    """Names are found once, bytes are read when they are asked for."""

    def __init__(self, root):
        self.root = root
        self.keys = set()
        self.others = []
        for folder, _, names in os.walk(root):
            below = os.path.relpath(folder, root)
            if below.split(os.sep)[0] == "inbox":
                continue
            for name in names:
                key = os.path.normpath(os.path.join(below, name))
                if key.startswith(("studies/", "dead-letters/")):
                    self.keys.add(key)
                elif key != "store_id" and not key.startswith("marks/"):
                    self.others.append(key)

    def read(self, key):
        with open(os.path.join(self.root, key), "rb") as file:
            return file.read()

    def fingerprint(self, key):
        return part10.fingerprint(self.read(key))


class Inbox:
    """Depth and files of the spools of one or several replicas; all zero without an inbox."""

    def __init__(self, directories):
        self.items = 0
        self.files = []
        for directory in directories:
            if os.path.isdir(directory):
                self._add(directory)

    def _add(self, directory):
        database = os.path.join(directory, "inbox.sqlite")
        if os.path.exists(database):
            connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
            try:
                self.items += connection.execute("SELECT count(*) FROM items").fetchone()[0]
            finally:
                connection.close()
        for folder, _, names in os.walk(os.path.join(directory, "spool")):
            self.files += [os.path.join(folder, name) for name in names]
