"""P13: one instance at a time, from its first byte at a door until a consumer has read its event from Kafka."""

import statistics
import time
import uuid

from measure import dicom, receiving
from measure.report import Figure
from measure.world import Consumer, Failed, Peer, make_topic, wait_until

TOPIC = "bench.p13.v1"
PAUSE_MS = 40
# A study is announced as soon as it is recorded: the quiet time is no work of ours.
AT_ONCE = {"SETTLE_QUIET": "0s", "KAFKA_TOPIC": TOPIC, "KAFKA_DLQ_TOPIC": "bench.p13.dlq"}


def p13(there, short):
    """Different one-instance studies by C-STORE and by STOW-RS, with pauses between them."""
    count = 20 if short else 300
    figures = []
    with there.postgres() as url, there.kafka() as (_, broker):
        make_topic(broker, TOPIC)
        with Consumer(broker, TOPIC) as consumer:
            settings = {"DATABASE_URL": url, "KAFKA_BOOTSTRAP_SERVERS": broker, **AT_ONCE}
            with there.gateway(**settings) as gateway:
                for door, send in (("C-STORE", by_c_store), ("STOW-RS", by_stow)):
                    # The first events meet a producer that does not know its broker yet.
                    arrivals(send(there, gateway, 3), consumer)
                    figures += latencies(door, send(there, gateway, count), consumer)
    return figures


def arrivals(begun, consumer):
    """{study: when its event was there}"""
    wait_until(f"{len(begun)} events", lambda: {key for _, _, key in consumer.arrivals} >= begun.keys())
    arrived = {}
    for at, _, key in consumer.arrivals:
        arrived.setdefault(key, at)
    return arrived


def latencies(door, begun, consumer):
    """`begun`: when the first byte of each study went."""
    arrived = arrivals(begun, consumer)
    spent = sorted((arrived[study] - at) * 1e3 for study, at in begun.items())
    p99 = spent[int(0.99 * (len(spent) - 1))]
    what = f"{door} to an event that a consumer has, {len(spent)} small studies"
    return [
        Figure("P13", f"{what}, p50", "ms", [statistics.median(spent)], goal="25 ms", more_is_better=False, notes={"all_ms": spent}),
        Figure("P13", f"{what}, p99", "ms", [p99], goal="100 ms", more_is_better=False),
    ]


def by_c_store(there, gateway, count):
    trace = there.folder / f"trace-{count}"
    words = ("many", gateway.dicom_port, "DMW", 1, count, 1, PAUSE_MS, receiving.pattern(there, "small"), trace)
    there.run("c_store/c_store", *words)
    return {study: float(seconds) for study, seconds in map(str.split, trace.read_text().splitlines())}


def by_stow(_there, gateway, count):
    peer, begun = Peer(gateway.url), {}
    boundary = uuid.uuid4().hex
    headers = {
        "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
        "Accept": "application/dicom+json",
    }
    for _ in range(count):
        study = dicom.Study("small", 1)
        head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        body = head + next(study.files()) + f"\r\n--{boundary}--\r\n".encode()
        begun[study.uid] = time.monotonic()
        status, answer = peer.call("POST", "/dicom-web/studies", body, headers)
        if status != 200:
            raise Failed(f"STOW-RS was answered {status}: {answer}")
        time.sleep(PAUSE_MS / 1e3)
    return begun
