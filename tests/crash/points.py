"""The crash points that the sources name."""

import pathlib
import re

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "src"
CALL = re.compile(r'\bcrash_point\("([a-z_.]+)"\)')
# Passed on an empty catalog only.
FIRST_START = ("migrate.",)
# Passed only by a start that adopts a store: src/ingest/adoption_test.cc kills there.
ADOPTION = ("adopt.",)
# Passed by the command alone: tests/end-to-end/backup kills and delays it there.
BACKUP = ("backup.",)
# Passed only where a sink is not required: tests/end-to-end/two-kafkas kills there.
BEST_EFFORT = ("sink.before_pass_over_commit",)
# Passed only with a store in a bucket, which the settings cannot choose yet.
BUCKET = ("store.after_chunk", "store.after_upload")
# Passed only by the start that follows a kill at the other point.
AFTER = {"inbox.before_recovery": "inbox.between_fsync_and_row"}


def find():
    found = set()
    for source in SOURCES.rglob("*.cc"):
        if not source.stem.endswith("_test"):
            found |= set(CALL.findall(source.read_text(encoding="utf-8")))
    return sorted(point for point in found if not point.startswith(ADOPTION + BACKUP + BEST_EFFORT + BUCKET))
