"""What a program at rest must show (I9): nothing waits, it says of itself that it is ready, and what it counted in this life of its
process is what the ledger and the catalog say of that life."""

import collections
import json
import re
import time
import urllib.error
import urllib.request

PREFIX = "dicom_middleware_"
AT_REST = ("lane_depth", "sink_lag_events", "source_requests_in_flight", "source_lag_changes")
DOORS = {"dimse", "stow", "folder", "import"}
SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$", re.M)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
PATIENCE_SECONDS = 10


class Samples:
    """One answer of /metrics."""

    def __init__(self, text):
        self._values = collections.defaultdict(list)
        for name, labels, value in SAMPLE.findall(text):
            self._values[name.removeprefix(PREFIX)].append((dict(LABEL.findall(labels)), float(value)))

    def of(self, name):
        """[(labels, value)]"""
        return self._values[name]

    def sum(self, name, **labels):
        """Of those with these labels; 0 of none: a counter appears when it first counts."""
        return sum(value for has, value in self.of(name) if labels.items() <= has.items())


def _get(url):
    try:
        return urllib.request.urlopen(url, timeout=10).read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


def of_now(http):
    return Samples(_get(f"{http}/metrics"))


def at_rest(samples, ready):
    """`ready`: the status that /ready tells."""
    gauges = [(name, labels, value) for name in AT_REST for labels, value in samples.of(name)]
    for name, labels, value in gauges:
        if value:
            yield f"{name}{labels} is {value:.0f}, and nothing waits"
    if not gauges:
        yield "there is no gauge of what waits"
    if ready not in ("ok", "ready"):
        yield f"/ready says {ready}, and nothing is wrong"


def of_this_life(world, samples):
    """Without a "life" in the ledger it is not known since when the program counts, and nothing is said. No counter outlives its
    process, so what earlier lives did, whole or in part, is in none of these numbers."""
    lives = world.entries("life")
    if not lives:
        return
    life, begin = lives[-1]["life"], lives[-1]["at"]
    acknowledged = collections.Counter(line["source"] for line in world.entries("instance") if line.get("life") == life)
    poison = collections.Counter(line["source"] for line in world.entries("offered") if line["poison"] and "source" in line)
    for source in sorted(DOORS):
        kept = samples.sum("source_instances_total", source=source)
        if kept < acknowledged[source]:
            yield f"the door {source} acknowledged {acknowledged[source]} instances in this life and counts {kept:.0f}"
        # The inbox is empty: whatever was kept is recorded, or poison. Some of what is recorded was kept in an earlier life.
        recorded = samples.sum("instances_total", source=source)
        if recorded + poison[source] < kept:
            yield f"the door {source} counts {kept:.0f} instances in this life, of which {recorded:.0f} were recorded"
    # At least: those of a study that was erased meanwhile are gone.
    versions = sum(version["received_at"] >= begin for version in world.catalog.versions)
    recorded = samples.sum("instances_total") - samples.sum("instances_total", outcome="same")
    if recorded < versions:
        yield f"{versions} versions came in this life, instances_total has {recorded:.0f}"
    told = collections.Counter(event["topic"] for event in world.catalog.events if event["at"] >= begin)
    # A letter whose replay fails again is told again, and is not another letter.
    reopened = samples.sum("dead_letters_reopened_total")
    for name, topic, again in (("pipeline_success_total", 1, 0), ("dlq_messages_total", 2, reopened), ("pipeline_failure_total", 2, reopened)):
        counted = samples.sum(name) + again
        if counted != told[topic]:
            yield f"{told[topic]} events of this life are in the log, {name} is {counted:.0f}"


def of_the_same_again(before, after, expected):
    """What was counted while everything came once more. `expected`: again.Sent."""

    def rose(name, **labels):
        return after.sum(name, **labels) - before.sum(name, **labels)

    pulled = rose("source_instances_total") - sum(rose("source_instances_total", source=source) for source in DOORS)
    counted = {
        "instances kept by STOW-RS": (rose("source_instances_total", source="stow"), expected.instances),
        "instances of STOW-RS that were the same": (rose("instances_total", source="stow", outcome="same"), expected.instances),
        "requests of STOW-RS answered with 200": (_answered(rose, "/dicom-web/studies", 200), expected.requests),
        "triggers answered with 202": (_answered(rose, "/api/v1/ingestion/studies", 202), expected.triggers),
        "instances of Orthanc, fetched or unchanged": (pulled + rose("source_unchanged_total"), expected.served),
        "instances that were not the same": (rose("instances_total") - rose("instances_total", outcome="same"), 0),
        "revisions": (rose("pipeline_success_total"), 0),
        "dead letters": (rose("dlq_messages_total"), 0),
        "failures": (rose("pipeline_failure_total"), 0),
        "dead letters that failed again": (rose("dead_letters_reopened_total"), 0),
    }
    for what, (is_, should) in counted.items():
        if is_ != should:
            yield f"everything came again, and {is_:.0f} {what} were counted instead of {should}"


def _answered(rose, endpoint, status):
    return rose("requests_total", method="POST", endpoint=endpoint, status=str(status))


def disagreements(http, world):
    """Gauges are refreshed each few seconds: what they say must become right."""
    until = time.monotonic() + PATIENCE_SECONDS
    while (found := _once(http, world)) and time.monotonic() < until:
        time.sleep(0.3)
    return found


def _once(http, world):
    samples = of_now(http)
    ready = json.loads(_get(f"{http}/ready")).get("status")
    return [*at_rest(samples, ready), *of_this_life(world, samples)]
