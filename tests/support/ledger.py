"""The ledger: what a load was told is kept, one JSON object a line, on the disk before the load goes on.

    {"kind": "instance", "study": …, "sop": …, "dataset_sha256": …, "file_sha256": …, "poison": false}
        Acknowledged: by an Orthanc, or with "subject" and "door" by a door of that program. `file_sha256` is there when this
        way keeps the bytes of a file and not only its dataset. `poison`: the program must set it aside and nothing else.
    {"kind": "offered", …}
        Fields as above, written before it is sent to a door: it may be taken without anybody hearing of it. Of a door both have
        "source", its name in the metrics, and "life": the last one that had begun when it was offered. Whoever acknowledged it was
        that life of the program or a later one.
    {"kind": "life", "subject": …, "life": 7, "at": …}
        That program begins its next life, at these microseconds UTC; nothing of the one before runs any more.
    {"kind": "promoting", "subject": …, "study": …, "sop": …, "dataset_sha256": …}
        Written before that program is told to make this version the current one; "promoted", with the same fields, when it said yes.
    {"kind": "erasing", "subject": …, "study": …, "life": 7}
        Written before that program is asked to erase the study: what was acknowledged before may be gone. "erased", with the same
        fields and "instances", is written when it answered that the study is erased, with so many instances.
    {"kind": "disturbed", "subject": …, "at": …}
        From these microseconds UTC on events may come once more: the program was frozen, or a server that it needs was killed.
        Without "subject" it concerns all.
    {"kind": "request", "subject": …, "request_id": …, "orthanc_id": …, "known": true}
        That program answered 202. `known`: the study is there.
    {"kind": "unanswered", "subject": …, "orthanc_id": …, "known": …}
        Sent, and no answer came: it may have been taken.
"""

import json
import os
import threading


class Ledger:
    """Appends; any thread."""

    def __init__(self, path):
        self.path = path
        self._lock = threading.Lock()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_DSYNC, 0o644)

    def write(self, kind, **fields):
        line = json.dumps({"kind": kind, **fields}) + "\n"
        with self._lock:
            os.write(self._file, line.encode())


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
