"""P12: the event log after an outage of the broker."""

import time

from measure import dicom
from measure.report import Figure
from measure.world import Consumer, Failed, make_topic, sql, wait_until

TOPIC = "bench.p12.v1"


def p12(there, short):
    """Real studies write events while no broker is there; copies of these rows make the backlog long enough to measure."""
    studies, wanted, rounds = (10, 2_000, 1) if short else (200, 100_000, 3)
    rates, worst = [], []
    for _ in range(rounds):
        rate, slowest = drain(there, studies, wanted)
        rates.append(rate)
        worst.append(slowest)
    return [Figure("P12", f"drain of {wanted:,} events after an outage", "events/s", rates, goal="20,000 events/s"),
            Figure("P12", "the same, the slowest tenth", "events/s", worst, goal="2,000 events/s")]


def drain(there, studies, wanted, sections=""):
    with there.orthanc() as orthanc, there.postgres() as url, there.kafka() as (folder, broker):
        make_topic(broker, TOPIC)
        orthanc.upload(dicom.Study("small", 1) for _ in range(studies))
        orthanc.wait_stable(studies)
        there.control("stop", folder)
        settings = {"ORTHANC_URL": orthanc.url, "DATABASE_URL": url, "KAFKA_BOOTSTRAP_SERVERS": broker,
                    "KAFKA_TOPIC": TOPIC, "KAFKA_DLQ_TOPIC": "bench.p12.dlq"}
        gateway = there.gateway_not_started(sections, **settings)
        with gateway:
            wait_until(
                f"{studies} events in the log", lambda: int(sql(url, "select count(*) from events")) >= studies, pause=0.2
            )
        lengthen(url, studies, wanted)
        there.control("restart", folder)
        with Consumer(broker, TOPIC) as consumer, gateway:
            wait_until(f"{wanted} events", lambda: len(consumer.arrivals) >= wanted, seconds=300)
            arrivals = list(consumer.arrivals)
            time.sleep(0.5)
            if len(consumer.arrivals) != wanted:
                raise Failed(f"{len(consumer.arrivals)} messages for {wanted} events")
    times = sorted(at for at, _, _ in arrivals)
    tenth = wanted // 10
    slowest = max(times[(n + 1) * tenth - 1] - times[n * tenth] for n in range(10))
    return (wanted - 1) / (times[-1] - times[0]), tenth / max(slowest, 1e-6)


def lengthen(url, studies, wanted):
    """The copies are whole rows with a position and an id of their own."""
    sql(url, f"""
      insert into events(position, event_id, at, topic, key, headers, body)
      select n, gen_random_uuid()::text, e.at, e.topic, e.key, e.headers, e.body
      from generate_series({studies + 1}, {wanted}) n join events e on e.position = (n - 1) % {studies} + 1;
      update event_head set position = {wanted}; analyze events""")
