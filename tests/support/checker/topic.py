"""What an independent consumer finds on a topic: everything, by kcat."""

import dataclasses
import json
import subprocess


@dataclasses.dataclass(frozen=True)
class Message:
    partition: int
    offset: int
    key: str
    headers: tuple
    body: str
    at_ms: int = 0


def parse(line):
    row = json.loads(line)
    flat = row.get("headers") or []
    return Message(row["partition"], row["offset"], row["key"], tuple(zip(flat[::2], flat[1::2])), row["payload"], row.get("ts", 0))


def exists(bootstrap, topic):
    listing = subprocess.run(["kcat", "-b", bootstrap, "-L", "-J", "-m", "10"], capture_output=True, check=True)
    return topic in [entry["topic"] for entry in json.loads(listing.stdout)["topics"]]


def read(bootstrap, topic):
    if not exists(bootstrap, topic):
        return []
    dump = subprocess.run(
        ["kcat", "-b", bootstrap, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J"], capture_output=True, check=True
    )
    return [parse(line) for line in dump.stdout.splitlines() if line.strip()]
