"""P15 and P18: what the program takes while it does nothing and while it works, how large it is, how soon it is ready."""

import pathlib
import subprocess
import time

from measure import dicom
from measure.report import Figure
from measure.world import make_topic

MIB = 1 << 20


def p15(there, short):
    """Resident memory: on embedded defaults, then with everything configured, then under the loads of P5 and P8."""
    slices, seconds, rest = (30, 2, 1) if short else (300, 15, 5)
    figures = []
    with there.gateway() as gateway:
        time.sleep(rest)
        figures.append(memory("idle, embedded defaults", gateway, "VmRSS", "40 MiB"))
    with there.orthanc() as orthanc, there.postgres() as url, there.kafka() as (_, broker):
        flow = {"KAFKA_TOPIC": "bench.p15.v1", "KAFKA_DLQ_TOPIC": "bench.p15.dlq"}
        make_topic(broker, flow["KAFKA_TOPIC"])
        settings = {"ORTHANC_URL": orthanc.url, "DATABASE_URL": url, "KAFKA_BOOTSTRAP_SERVERS": broker, **flow}
        with there.gateway(INGESTION_WAIT_SECONDS="60", **settings) as gateway:
            time.sleep(rest)
            figures.append(memory("idle, PostgreSQL, Orthanc and Kafka", gateway, "VmRSS", "40 MiB"))
            (study,), _ = orthanc.upload([dicom.Study("ct", slices)])
            gateway.trigger(study)
            figures.append(memory(f"peak after a {slices}-slice CT", gateway, "VmHWM", "150 MiB"))
            there.run("load/load", gateway.port, 100, seconds, 100, study)
            figures.append(memory("peak after 100 users on top", gateway, "VmHWM", "150 MiB"))
    return figures


def memory(what, gateway, key, goal):
    return Figure("P15", f"RSS {what}", "MiB", [gateway.memory_mib(key)], goal=goal, more_is_better=False)


def p18(there, short):
    """Size without symbols, and from exec to /ready on embedded defaults: in an empty folder, and once more."""
    stripped = there.folder / "stripped"
    subprocess.run(["strip", "-o", str(stripped), str(there.binary)], check=True)
    size = pathlib.Path(stripped).stat().st_size / MIB
    first, later = [], []
    for _ in range(1 if short else 5):
        with there.gateway() as gateway:
            first.append(gateway.ready_seconds * 1e3)
            for _ in range(2):
                gateway.stop()
                gateway.start()
                later.append(gateway.ready_seconds * 1e3)
    return [
        Figure("P18", "program, stripped", "MiB", [size], goal="25 MB", more_is_better=False),
        Figure("P18", "first start to ready, embedded defaults", "ms", first, goal="150 ms", more_is_better=False),
        Figure("P18", "later start to ready", "ms", later, goal="150 ms", more_is_better=False),
    ]
