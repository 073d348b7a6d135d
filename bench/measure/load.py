"""P8 and P9: the load test of the proof of concept as it was, the drain of studies that wait in Orthanc, and the load test
with different studies and without waiting."""

import collections
import time

from measure import dicom
from measure.fetching import TRIGGER_ONLY
from measure.report import Figure
from measure.world import Consumer, Failed, make_topic, wait_until, warm_up

USERS = 100
PAUSE_MAX_MS = 100
WARM_UP_SECONDS = 2
TOPIC = "bench.p8.v1"
DEAD_LETTERS = "bench.p8.dlq"
FLOW = {"KAFKA_TOPIC": TOPIC, "KAFKA_DLQ_TOPIC": DEAD_LETTERS}


def p8(there, short):
    """100 users ask for one study and wait until it is published; then 2,000 waiting studies, until Kafka has them."""
    return one_study(there, 3 if short else 30, 1 if short else 3) + waiting_studies(there, 100 if short else 2000)


def one_study(there, seconds, rounds):
    with there.orthanc() as orthanc, there.postgres() as url, there.kafka() as (_, broker):
        make_topic(broker, TOPIC)
        (study,), _ = orthanc.upload([dicom.Study("small", 1)])
        settings = {"ORTHANC_URL": orthanc.url, "DATABASE_URL": url, "KAFKA_BOOTSTRAP_SERVERS": broker, **FLOW}
        with Consumer(broker, TOPIC) as consumer, there.gateway(INGESTION_WAIT_SECONDS="60", **settings) as gateway:
            runs = [there.run("load/load", gateway.port, USERS, WARM_UP_SECONDS, PAUSE_MAX_MS, study)]
            runs += [there.run("load/load", gateway.port, USERS, seconds, PAUSE_MAX_MS, study) for _ in range(rounds)]
            most = gateway.memory_mib("VmHWM")
            wait_until("the study's event", lambda: consumer.arrivals)
            # A second event would come as soon as its study settles again.
            time.sleep(2)
            events = len(consumer.arrivals)
    if events != 1:
        raise Failed(f"{events} events for one study")
    failed = sum(run["failed"] for run in runs)
    if failed:
        raise Failed(f"{failed} requests failed: {runs}")
    measured = runs[1:]
    ceiling = USERS / (PAUSE_MAX_MS / 2 / 1e3)
    notes = {"runs": measured, "events": events, "failed": failed, "peak_rss_mib": most, "ceiling_per_second": ceiling}
    return [
        Figure("P8", f"{USERS} users, one study, 0 failed, 1 event", "req/s", [run["per_second"] for run in measured],
               goal=f"2,000 req/s ({ceiling:,.0f} is the ceiling at zero latency)", notes=notes),
        Figure("P8", "the same, p50", "ms", [run["p50_ms"] for run in measured], more_is_better=False),
        Figure("P8", "the same, p95", "ms", [run["p95_ms"] for run in measured], goal="100 ms", more_is_better=False),
    ]


def waiting_studies(there, studies):
    """Uploaded while our program is stopped; from its start to the last event at an independent consumer."""
    with there.orthanc() as orthanc, there.postgres() as url, there.kafka() as (_, broker):
        warm_up(broker)
        for topic in (TOPIC, DEAD_LETTERS):
            make_topic(broker, topic)
        orthanc.upload(dicom.Study("small", 1) for _ in range(studies))
        orthanc.wait_stable(studies)
        settings = {"ORTHANC_URL": orthanc.url, "DATABASE_URL": url, "KAFKA_BOOTSTRAP_SERVERS": broker, **FLOW}
        with Consumer(broker, TOPIC) as consumer, there.gateway(**settings) as gateway:
            wait_until(f"{studies} events", lambda: len(consumer.arrivals) >= studies, seconds=600)
            spent = consumer.arrivals[studies - 1][0] - gateway.started_at
            first = consumer.arrivals[0][0] - gateway.started_at
            notes = {"first_event_seconds": first, "seconds": spent, "peak_rss_mib": gateway.memory_mib("VmHWM"),
                     "cpu_us_a_study": gateway.cpu_seconds() / studies * 1e6}
            time.sleep(1)
            keys = collections.Counter(key for _, _, key in consumer.arrivals)
    if len(keys) != studies or max(keys.values()) != 1:
        raise Failed(f"{len(keys)} studies in {sum(keys.values())} events, wanted {studies} with one each")
    return [Figure("P8", f"drain of {studies} waiting studies until published", "studies/s", [studies / spent],
                   goal="1,000 studies/s", notes=notes)]


def p9(there, short):
    """100 users without a pause, each time another study of an Orthanc: answered once the request is durable."""
    studies, rounds = (200, 1) if short else (4000, 3)
    runs = []
    with there.orthanc() as orthanc, there.postgres() as url:
        with there.gateway(ORTHANC_URL=orthanc.url, DATABASE_URL=url, **TRIGGER_ONLY) as gateway:
            for _ in range(rounds):
                taken = gateway.recorded("orthanc")
                waiting, _ = orthanc.upload(dicom.Study("small", 1) for _ in range(studies))
                ids = there.folder / "studies"
                ids.write_text("".join(f"{study}\n" for study in waiting))
                runs.append(there.run("load/load", gateway.port, USERS, 60, 0, f"@{ids}"))
                wait_until("the studies", lambda: gateway.recorded("orthanc") - taken >= studies)  # pylint: disable=cell-var-from-loop
            most = gateway.memory_mib("VmHWM")
    failed = sum(run["failed"] for run in runs)
    if failed or any(run["statuses"] != {"202": studies} for run in runs):
        raise Failed(f"{failed} requests failed: {runs}")
    what = f"{USERS} users, {studies} different studies, durable 202, 0 failed"
    return [
        Figure("P9", what, "req/s", [run["per_second"] for run in runs], goal="2,000 req/s", notes={"runs": runs, "peak_rss_mib": most}),
        Figure("P9", "the same, p95", "ms", [run["p95_ms"] for run in runs], goal="100 ms", more_is_better=False),
    ]
