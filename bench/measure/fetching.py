"""P5 and P6: studies that wait in Orthanc, until they are durable and recorded here."""

import os
import pathlib
import subprocess
import time

from measure import dicom
from measure.report import Figure

CONNECTIONS = 16
# Only the trigger works: a round begins when it is pulled, not when a poll happens to be due.
TRIGGER_ONLY = {"ORTHANC_POLL_INTERVAL": "1h"}


def download(url, folder):
    """Seconds that curl needs for Orthanc's archive of a study."""
    begin = time.monotonic()
    target = pathlib.Path(folder) / "archive.zip"
    subprocess.run(["curl", "-fsS", "-o", str(target), url], check=True)
    spent = time.monotonic() - begin
    os.truncate(target, 0)
    return spent


def p5(there, short):
    """A CT study of 300 slices, from the trigger to recorded, beside Orthanc's own archive of it."""
    slices, rounds = (30, 1) if short else (300, 5)
    figures = []
    with there.orthanc() as orthanc:
        for catalog in ("postgresql", "sqlite"):
            ours, peer, cpu, most = [], [], [], 0.0
            with there.postgres() as url:
                settings = {"DATABASE_URL": url} if catalog == "postgresql" else {}
                with there.gateway(ORTHANC_URL=orthanc.url, **TRIGGER_ONLY, **settings) as gateway:
                    for turn in range(rounds + 1):
                        (study,), _ = orthanc.upload([dicom.Study("ct", slices)])
                        before = gateway.cpu_seconds()
                        spent = gateway.trigger(study)
                        used = gateway.cpu_seconds() - before
                        archive = 0.0
                        if catalog == "postgresql":
                            archive = download(f"{orthanc.url}/studies/{study}/archive", there.folder)
                        # The first round touches memory for the first time.
                        if turn > 0 or short:
                            ours.append(spent)
                            peer.append(archive)
                            cpu.append(used / slices * 1e6)
                    most = gateway.memory_mib("VmHWM")
            figures.append(
                Figure(
                    "P5", f"{slices}-slice CT from Orthanc recorded, {catalog}", "s", ours,
                    peer if catalog == "postgresql" else [], "Orthanc's /archive", "0.4 s; 20x", False,
                    {"cpu_us_an_instance": cpu, "peak_rss_mib": most},
                )
            )
    return figures


def give_away(there, orthanc, instances):
    """Files a second that Orthanc serves when nobody keeps them."""
    paths = there.folder / "paths"
    paths.write_text("".join(f"/instances/{instance}/file\n" for instance in instances))
    got = there.run("http_get/http_get", orthanc.port, CONNECTIONS, paths)
    return got["files"] / got["seconds"]


def p6(there, short):
    """Files a second from Orthanc, durable and recorded, over 16 connections, beside its own GET rate over as many."""
    rounds = 1 if short else 5
    figures = []
    with there.orthanc() as orthanc, there.postgres() as url:
        settings = {"ORTHANC_URL": orthanc.url, "DATABASE_URL": url, "ORTHANC_CONNECTIONS": str(CONNECTIONS)}
        with there.gateway(**settings, **TRIGGER_ONLY) as gateway:
            for kind, count in (("small", 200 if short else 2000), ("ct", 60 if short else 600)):
                ours, peer, cpu = [], [], []
                for turn in range(rounds + 1):
                    (study,), instances = orthanc.upload([dicom.Study(kind, count)])
                    peer_rate = give_away(there, orthanc, instances)
                    before = gateway.cpu_seconds()
                    rate = count / gateway.trigger(study)
                    used = gateway.cpu_seconds() - before
                    if turn > 0 or short:
                        ours.append(rate)
                        peer.append(peer_rate)
                        cpu.append(used / count * 1e6)
                figures.append(
                    Figure(
                        "P6", f"fetch of {count} {kind}, recorded", "/s", ours, peer, "Orthanc's GET", "0.22x", True,
                        {"cpu_us_an_instance": cpu, "peak_rss_mib": gateway.memory_mib("VmHWM")},
                    )
                )
    return figures
