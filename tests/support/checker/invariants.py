"""I1 to I8, each a function that gives one sentence for each violation."""

import bisect
import collections
import hashlib
import json
import uuid

from .catalog import named_manifests
from .objects import beginning, instance_key, manifest_key
from .part10 import chunk_crc32c, fingerprint


def key_of(world, version):
    study = world.catalog.study_of[version["study_id"]]["study_instance_uid"]
    return instance_key(study, version["sop_uid"], version["dataset_sha256"].hex())


def current_of(world, study_id):
    return [version for version in world.catalog.versions_of[study_id] if version["current"]]


def identity(line):
    return line["study"], line["sop"], line["dataset_sha256"]


def lines_of(world):
    return [line for line in world.ledger if line.get("subject", world.subject) == world.subject]


def erasures(world):
    """{study: where in lines_of() it was erased last}. An order without an answer counts when the catalog knows of an erasure."""
    known = {study["study_instance_uid"] for study in world.catalog.studies if study["erased_revision"]}
    return {
        line["study"]: at
        for at, line in enumerate(lines_of(world))
        if line["kind"] == "erased" or line["kind"] == "erasing" and line["study"] in known
    }


def wanted(world):
    """Lines of what was acknowledged and not erased since; what is poison has a dead letter instead."""
    erased = erasures(world)
    for at, line in enumerate(lines_of(world)):
        if line["kind"] == "instance" and not line["poison"] and at > erased.get(line["study"], -1):
            yield line


def stays_away(world):
    """Studies that must be gone: erased with everything that was ever sent of them, each instance once, and not sent since.
    What a door took in an earlier life of the program may still wait in the inbox, and then belongs to a new life of the study.
    What Orthanc has may not: nobody asked for it."""
    sent = collections.defaultdict(list)
    orders = {}
    away = set()
    for line in lines_of(world):
        study = line.get("study")
        if line["kind"] == "erasing":
            orders[study] = sent.pop(study, [])
        elif line["kind"] == "erased":
            before = [of for of in orders.get(study, []) if of["kind"] == "offered" or "door" not in of]
            from_orthanc = all("door" not in of for of in before)
            in_this_life = all(of.get("life") == line["life"] for of in before)
            whole = len({identity(of) for of in before}) == len(before) == line["instances"]
            if whole and (from_orthanc or in_this_life) and not sent[study]:
                away.add(study)
        elif line["kind"] in ("offered", "instance"):
            sent[study].append(line)
            away.discard(study)
    return away


def last_life(events):
    """The events of a study since its last erasure, that one included."""
    begins = max((at for at, (_, body, _) in enumerate(events) if body["event_type"] == "study.deleted"), default=0)
    return events[begins:]


def files_sent(world):
    """{identity: digests of the files that were sent}; nothing of what went a way that keeps only the dataset. The first
    file that came is kept, whichever that was."""
    sent = collections.defaultdict(set)
    for line in world.entries("instance") + world.entries("offered"):
        sent[identity(line)].add(line.get("file_sha256"))
    return {which: files for which, files in sent.items() if None not in files}


def i1_acknowledged_is_readable(world):
    files = files_sent(world)
    recorded = {}
    for version in world.catalog.versions:
        study = world.catalog.study_of[version["study_id"]]["study_instance_uid"]
        recorded[study, version["sop_uid"], version["dataset_sha256"].hex()] = version
    for line in wanted(world):
        version = recorded.get(identity(line))
        if version is None:
            yield f"instance {line['sop']} was acknowledged and the catalog has no version with its bytes"
            continue
        found = world.prints.get(key_of(world, version))
        if found is None:
            yield f"instance {line['sop']} was acknowledged and its object is not there"
        elif identity(line) in files and found.file_sha256 not in files[identity(line)]:
            yield f"instance {line['sop']} comes out with other file bytes than went in"
    yield from _promotions_hold(world)
    requests = {row["request_id"]: row for row in world.catalog.requests}
    for line in world.entries("request"):
        row = requests.get(line["request_id"])
        if row is None:
            yield f"request {line['request_id']} was answered with 202 and is not there"
        elif line["known"] and row["state"] != 2:
            yield f"request {line['request_id']} of a study that is there ended in state {row['state']}: {row['last_error']}"


def _promotions_hold(world):
    """What was promoted last is current; a promotion without an answer may have been carried out, too."""
    possible = {}
    erased = erasures(world)
    for at, line in enumerate(lines_of(world)):
        if line["kind"] not in ("promoting", "promoted", "erasing", "erased"):
            continue
        if line["kind"] in ("erasing", "erased"):
            if at > erased.get(line["study"], -1):
                continue  # it was never carried out
            possible = {which: digests for which, digests in possible.items() if which[0] != line["study"]}
        elif line["kind"] == "promoted":
            possible[line["study"], line["sop"]] = {line["dataset_sha256"]}
        elif (line["study"], line["sop"]) in possible:
            possible[line["study"], line["sop"]].add(line["dataset_sha256"])
    for study in world.catalog.studies:
        for version in current_of(world, study["id"]):
            digests = possible.get((study["study_instance_uid"], version["sop_uid"]))
            if digests and version["dataset_sha256"].hex() not in digests:
                yield f"another version of {version['sop_uid']} is current than the one that was promoted"


def i2_versions_have_their_bytes(world):
    for version in world.catalog.versions:
        key = key_of(world, version)
        found = world.prints.get(key)
        if found is None:
            yield f"version {version['id']} of {version['sop_uid']} has no object {key}"
            continue
        same = (
            found.size == version["size_bytes"]
            and found.offset == version["prefix_bytes"]
            and found.dataset_sha256 == version["dataset_sha256"].hex()
            and found.prefix_sha256 == version["prefix_sha256"].hex()
        )
        if not same:
            yield f"object {key} has other bytes than its version says ({found.size} bytes, {version['size_bytes']} in the row)"
        elif found.size <= 64 * 1024 and chunk_crc32c(world.objects.read(key)) != version["chunk_crc32c"]:
            yield f"object {key} does not fit the checksums of its MiBs"
    keys = collections.Counter(
        (version["study_id"], version["sop_uid"]) for version in world.catalog.versions if version["current"]
    )
    for version in world.catalog.versions:
        count = keys[version["study_id"], version["sop_uid"]]
        if count != 1:
            yield f"instance {version['sop_uid']} has {count} current versions"


def i3_nothing_is_left_over(world):
    named = {key_of(world, version) for version in world.catalog.versions}
    for row in world.catalog.revisions:
        study = world.catalog.study_of[row["study_id"]]
        # Of a life that has ended nothing stays but the manifests of its erasures, which name nothing.
        if row["revision"] > study["erased_revision"] or row["instance_count"] == 0:
            named.add(manifest_key(study["study_instance_uid"], row["revision"], row["epoch"]))
    named |= {row["object_key"] for row in world.catalog.erased_objects + world.catalog.adopted_objects}
    named |= {letter["object_key"] for letter in world.catalog.dead_letters if letter["object_key"]}
    adopted = named_manifests(world.catalog_url)[2]
    for key in sorted(world.objects.keys - named):
        if key.endswith(".json") and beginning(key) in adopted:
            continue
        yield f"object {key} is named by no version, revision or dead letter"
    for name in world.objects.others:
        yield f"file {name} lies in the store and is no object"
    if world.inbox.items:
        yield f"{world.inbox.items} instances are left in the inbox"
    for path in world.inbox.files:
        yield f"spool file {path} is left over"
    for row in world.catalog.settling:
        yield f"study {row['study_id']} was never settled"
    for row in world.catalog.erasures:
        yield f"the erasure of study {row['study_id']} was never told"


def _study_events(world):
    """{study UID: [(position, body, event)]} in the order of the log."""
    events = collections.defaultdict(list)
    for event in world.catalog.events:
        if event["topic"] == 1:
            events[event["key"]].append((event["position"], json.loads(event["body"]), event))
    return events


def i4_revisions_are_told_in_order(world):
    positions = [event["position"] for event in world.catalog.events]
    adopted = world.catalog.adopted_position
    # What is older than an adoption may have holes: of adoptions before it, and of what a lost catalog had.
    newer = [position for position in positions if position > adopted]
    if newer != list(range(adopted + 1, adopted + 1 + len(newer))) or len(set(positions)) < len(positions):
        yield f"{len(positions)} events have positions {positions[:1]} to {positions[-1:]}: there is a gap or a double"
    head = world.catalog.event_head[0]["position"]
    if head != max([adopted, *positions[-1:]]):
        yield f"the head of the event log is {head}, its last position {positions[-1:]}"
    events = _study_events(world)
    rows = collections.defaultdict(dict)
    for row in world.catalog.revisions:
        rows[row["study_id"]][row["revision"]] = row
    for study in world.catalog.studies:
        uid = study["study_instance_uid"]
        told = [body["revision"] for _, body, _ in events[uid]]
        # An adopted catalog has the events of what came since, and perhaps of what was long before.
        if adopted and told == sorted(set(told)) and max(told, default=0) <= study["revision"]:
            continue
        if told != list(range(1, study["revision"] + 1)):
            yield f"study {uid} has revision {study['revision']}, its log tells {told}"
        repeats = [revision for revision, count in collections.Counter(told).items() if count > 1]
        if repeats:
            yield f"revisions {repeats} of study {uid} are in the log more than once"
        if sorted(rows[study["id"]]) != list(range(1, study["revision"] + 1)):
            yield f"study {uid} has revision {study['revision']}, its rows {sorted(rows[study['id']])}"
        for position, body, _ in events[uid]:
            row = rows[study["id"]].get(body["revision"])
            if row and row["position"] != position:
                yield f"revision {body['revision']} of {uid} is at position {position}, its row says {row['position']}"
    for uid in events.keys() - {study["study_instance_uid"] for study in world.catalog.studies}:
        yield f"an event tells of study {uid}, which the catalog does not have"
    if world.topics is not None:
        yield from _topic_in_order(world)


def _topic_in_order(world):
    seen = collections.defaultdict(list)
    partitions = collections.defaultdict(set)
    for message in sorted(world.topics[1], key=lambda message: (message.partition, message.offset)):
        partitions[message.key].add(message.partition)
        revision = json.loads(message.body)["revision"]
        if revision not in seen[message.key]:
            seen[message.key].append(revision)
    for study in world.catalog.studies:
        uid = study["study_instance_uid"]
        # What a lost catalog had not published yet, the next revision tells.
        adopted = world.catalog.adopted_position and seen[uid] == sorted(seen[uid])
        complete = seen[uid][-1:] == [study["revision"]] if adopted else seen[uid] == list(range(1, study["revision"] + 1))
        if not complete and study["revision"]:
            yield f"study {uid} has revision {study['revision']}, its topic tells first {seen[uid]}"
        if len(partitions[uid]) > 1:
            yield f"study {uid} is told on partitions {sorted(partitions[uid])}"


def i5_repeats_are_the_same(world):
    logged = {}
    for event in world.catalog.events:
        if event["event_id"] in logged:
            yield f"event {event['event_id']} is twice in the log, at {logged[event['event_id']]['position']} and {event['position']}"
        logged[event["event_id"]] = event
        if event["topic"] == 1:
            body = json.loads(event["body"])
            name = f"{body['study_instance_uid']}/{body['revision']}/{body['event_type']}"
            expected = str(uuid.uuid5(uuid.UUID(world.catalog.catalog_id), name))
            if not expected == event["event_id"] == body["event_id"]:
                yield f"the event at {event['position']} has id {event['event_id']}, its revision makes {expected}"
    for topic, messages in (world.topics or {}).items():
        told = set()
        for message in messages:
            headers = dict(message.headers)
            event = logged.get(headers.get("event_id"))
            if event is None and world.catalog.adopted_position:
                continue  # of the catalog before it
            if event is None or event["topic"] != topic:
                yield f"message {message.partition}/{message.offset} with event id {headers.get('event_id')} is not in the log"
                continue
            told.add(event["event_id"])
            if (message.key, message.body, headers) != (event["key"], event["body"], json.loads(event["headers"])):
                yield f"message {message.partition}/{message.offset} has other bytes than event {event['event_id']} in the log"
        for event in logged.values():
            if event["topic"] == topic and event["event_id"] not in told:
                yield f"event {event['event_id']} at {event['position']} is not on its topic"
    yield from _repeats_have_a_cause(world)


def _repeats_have_a_cause(world):
    """Between two disturbances (a new life, a freeze, a server that was killed) each event comes once."""
    if not any(line["kind"] == "life" for line in world.ledger):
        return
    begins = sorted(line["at"] for line in world.entries("life") + world.entries("disturbed"))
    for topic, messages in (world.topics or {}).items():
        copies = collections.Counter()
        for message in messages:
            period = bisect.bisect_right(begins, message.at_ms * 1000 + 999)
            copies[period, dict(message.headers).get("event_id")] += 1
        for (_, event_id), count in copies.items():
            if count > 1:
                yield f"event {event_id} was published {count} times on topic {topic} though nothing disturbed the program"


def i6_last_event_is_the_catalog(world):
    events = _study_events(world)
    for study in world.catalog.studies:
        uid = study["study_instance_uid"]
        current = current_of(world, study["id"])
        digests = sorted(version["dataset_sha256"] for version in current)
        content = hashlib.sha256(b"".join(digests)).hexdigest()
        size = sum(version["size_bytes"] for version in current)
        if (study["instance_count"], study["size_bytes"]) != (len(current), size):
            yield f"study {uid} counts {study['instance_count']} instances, its versions are {len(current)}"
        series = [row for row in world.catalog.series if row["study_id"] == study["id"] and row["instance_count"]]
        if study["series_count"] != len(series) or sum(row["instance_count"] for row in series) != len(current):
            yield f"the counts of the series of study {uid} do not fit its versions"
        if not events[uid]:
            if not world.catalog.adopted_position:
                yield f"study {uid} has no event"
            continue
        body = events[uid][-1][1]
        if world.catalog.adopted_position and body["revision"] < study["revision"]:
            continue  # what came since was told by another catalog
        if (body["instance_count"], body["size_bytes"], body["content_digest"]) != (len(current), size, content):
            yield f"the last event of study {uid} tells {body['instance_count']} instances, the catalog has {len(current)}"
        added = sum(entry["instances_added"] for _, entry, _ in last_life(events[uid]))
        if added != len(current) and not world.catalog.adopted_position:
            yield f"the events of study {uid} add {added} instances, the catalog has {len(current)}"
        epochs = {row["revision"]: row["epoch"] for row in world.catalog.revisions if row["study_id"] == study["id"]}
        # Of a life that ended under another catalog nothing is left.
        told = [event for event in last_life(events[uid]) if event[1]["revision"] >= study["erased_revision"]]
        yield from _manifests_fit(world, uid, told, epochs, current)
    away = stays_away(world)
    for study in world.catalog.studies:
        uid = study["study_instance_uid"]
        told = events[uid][-1][1] if events[uid] else None
        elsewhere = world.catalog.adopted_position and (told is None or told["revision"] < study["revision"])
        is_told = elsewhere or told is not None and told["event_type"] == "study.deleted"
        if uid in away and (current_of(world, study["id"]) or not is_told):
            yield f"study {uid} was erased, nobody sent it or asked for it since, and it is there again"
    if world.served is not None:
        yield from _catalog_is_what_is_served(world)


def _manifests_fit(world, uid, events, epochs, current):
    for _, body, event in events:
        key = manifest_key(uid, body["revision"], epochs.get(body["revision"], 0))
        if not body["manifest_path"].endswith(key):
            yield f"revision {body['revision']} of study {uid} names the manifest {body['manifest_path']}, not {key}"
        if key not in world.objects.keys:
            yield f"revision {body['revision']} of study {uid} has no manifest"
            continue
        manifest = json.loads(world.objects.read(key))
        listed = hashlib.sha256(b"".join(sorted(bytes.fromhex(row["dataset_sha256"]) for row in manifest["instances"])))
        if not listed.hexdigest() == manifest["content_digest"] == body["content_digest"]:
            yield f"the manifest of revision {body['revision']} of study {uid} lists other bytes than its event tells"
        if "event_id" in manifest and manifest["event_id"] != event["event_id"]:
            yield f"the manifest {key} is of event {manifest['event_id']}, not of {event['event_id']}"
        if body is events[-1][1]:
            wanted = {key_of(world, version) for version in current}
            if {row["key"] for row in manifest["instances"]} != wanted:
                yield f"the last manifest of study {uid} names other objects than the catalog"


def _catalog_is_what_is_served(world):
    poison = {line["sop"] for line in world.entries("instance") if line["poison"]}
    served = {names: resource for resource, names in world.served.items() if names[1] not in poison}
    recorded = {}
    for study in world.catalog.studies:
        for version in current_of(world, study["id"]):
            recorded[study["study_instance_uid"], version["sop_uid"]] = version
    erased = {study["study_instance_uid"] for study in world.catalog.studies if study["erased_at"]}
    served = {names: resource for names, resource in served.items() if names[0] not in erased}
    for names in sorted(served.keys() - recorded.keys()):
        yield f"instance {names[1]} is in Orthanc and not in the catalog"
    offered = {(line["study"], line["sop"]) for line in world.entries("offered")}
    for names in sorted(recorded.keys() - served.keys() - offered):
        yield f"instance {names[1]} is in the catalog and nobody sent it"
    for names in served.keys() & recorded.keys():
        found = world.prints.get(key_of(world, recorded[names]))
        there = fingerprint(world.orthanc.file(served[names]))
        # The same image has other file bytes at another door.
        same = found and (found.dataset_sha256 if names in offered else found.file_sha256)
        if found and same != (there.dataset_sha256 if names in offered else there.file_sha256):
            yield f"instance {names[1]} is stored with other bytes than Orthanc serves"


def i7_poison_is_buried_once(world):
    letters = collections.defaultdict(list)
    expected = set()
    for letter in world.catalog.dead_letters:
        payload = json.loads(letter["original_payload"])
        letters[payload.get("dataset_sha256") or letter["origin_resource"]].append(letter)
        if not (letter["detail"] and letter["advice"] and letter["cause"]):
            yield f"dead letter {letter['id']} does not say why, or what to do"
    acknowledged = {line["dataset_sha256"] for line in world.entries("instance") if line["poison"]}
    offered = {line["dataset_sha256"] for line in world.entries("offered") if line["poison"]}
    for digest in acknowledged | offered:
        expected.add(digest)
        if len(letters[digest]) > 1 or digest in acknowledged and not letters[digest]:
            yield f"the poison item {digest[:16]}… has {len(letters[digest])} dead letters"
        for letter in letters[digest]:
            found = world.prints.get(letter["object_key"] or "")
            if found is None or found.dataset_sha256 != digest:
                yield f"dead letter {letter['id']} does not have the bytes of its item"
    states = {row["request_id"]: row["state"] for row in world.catalog.requests}
    for line in world.entries("request") + world.entries("unanswered"):
        if line["known"]:
            continue
        expected.add(line["orthanc_id"])
        count = len(letters[line["orthanc_id"]])
        if count > 1 or line["kind"] == "request" and (count == 0 or states.get(line["request_id"]) != 3):
            yield f"study {line['orthanc_id']} is nowhere, was asked for, and has {count} dead letters"
    for what in letters.keys() - expected:
        for letter in letters[what]:
            yield f"dead letter {letter['id']} buries an item that is sound: {letter['stage']}, {letter['detail']}"
    told = collections.Counter(event["key"] for event in world.catalog.events if event["topic"] == 2)
    for letter in world.catalog.dead_letters:
        if letter["state"] == 0 and told[letter["id"]] != 1:
            yield f"dead letter {letter['id']} is told by {told[letter['id']]} events"


def i8_the_same_again_changes_nothing(before, after):
    for what, count in after.items():
        if count != before[what]:
            yield f"everything came again, and there are {count} {what}, {before[what]} before"


ALL = {
    "I1": i1_acknowledged_is_readable,
    "I2": i2_versions_have_their_bytes,
    "I3": i3_nothing_is_left_over,
    "I4": i4_revisions_are_told_in_order,
    "I5": i5_repeats_are_the_same,
    "I6": i6_last_event_is_the_catalog,
    "I7": i7_poison_is_buried_once,
}


def check(world):
    """(invariant, sentence) of each violation."""
    for name, invariant in ALL.items():
        for sentence in invariant(world):
            yield name, sentence
