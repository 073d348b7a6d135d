"""P7: instances that come by STOW-RS, until they are durable and recorded."""

import contextlib
import dataclasses
import os
import pathlib
import subprocess
import time

from measure import dicom
from measure.report import Figure
from measure.world import Failed, Orthanc, wait_until

SENDERS = 4
BOUNDARY = "bench-boundary"
PLUGIN = pathlib.Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
# Nothing settles meanwhile: revisions and events are P8's.
RECORD_ONLY = {"SETTLE_QUIET": "1h", "SETTLE_MAX": "1h"}


@dataclasses.dataclass(frozen=True)
class Load:
    """Of one round: so many requests, each of so many instances."""

    kind: str
    requests: int
    instances: int

    @property
    def total(self):
        return self.requests * self.instances


def write_bodies(folder, load):
    """A file a request: small instances each of a study of its own, CT slices of one study."""
    paths = []
    for number in range(load.requests):
        path = pathlib.Path(folder) / f"{load.kind}-{number}"
        studies = [dicom.Study(load.kind, load.instances)]
        if load.kind == "small":
            studies = [dicom.Study(load.kind, 1) for _ in range(load.instances)]
        with path.open("wb") as body:
            for data in (data for study in studies for data in study.files()):
                body.write(f"--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode() + data + b"\r\n")
            body.write(f"--{BOUNDARY}--\r\n".encode())
        paths.append(path)
    os.sync()
    return paths


def send(url, bodies):
    """Seconds until every request is answered with 200; each sender keeps its connection."""
    kind = f'Content-Type: multipart/related; type="application/dicom"; boundary={BOUNDARY}'
    command = ["curl", "-sS", "--fail", "-w", "%{http_code}\n", "-H", kind, "-H", "Accept: application/dicom+json", "-H", "Expect:"]
    begin = time.monotonic()
    senders = []
    for at in range(min(SENDERS, len(bodies))):
        words = []
        for body in bodies[at::SENDERS]:
            words += ["--next", *command[1:], "-X", "POST", "-T", str(body), "-o", "/dev/null", url]
        senders.append(subprocess.Popen(["curl", *words[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    for sender in senders:
        said, why = sender.communicate()
        if sender.returncode or set(said.split()) != {"200"}:
            raise Failed(f"a sender ended with {sender.returncode}: {said.split()[-3:]} {why.strip()[-300:]}")
    return time.monotonic() - begin


@contextlib.contextmanager
def orthanc(there):
    if not PLUGIN.exists():
        raise Failed(f"there is no {PLUGIN}: tools/install-packages test")
    plugin = f'Plugins=["{PLUGIN}"]'
    with there.server("orthanc", plugin, 'DicomWeb={"Enable":true}') as (_, said):
        yield Orthanc(said["DMW_TEST_ORTHANC"], int(said["DMW_TEST_ORTHANC_DICOM_PORT"]))


def one_round(there, gateway, peer, load, notes):
    """Instances a second of ours, recorded, and of the peer, answered: the same bodies."""
    folder = pathlib.Path(there.folder) / "bodies"
    folder.mkdir(exist_ok=True)
    bodies = write_bodies(folder, load)
    before, cpu_before = gateway.recorded("stow"), gateway.cpu_seconds()
    begin = time.monotonic()
    answered = send(f"{gateway.url}/dicom-web/studies", bodies)
    wait_until(f"{load.total} recorded instances", lambda: gateway.recorded("stow") - before >= load.total)
    ours = time.monotonic() - begin
    notes["acknowledged_per_second"].append(load.total / answered)
    notes["cpu_us_an_instance"].append((gateway.cpu_seconds() - cpu_before) / load.total * 1e6)
    os.sync()
    theirs = send(f"{peer.url}/dicom-web/studies", bodies)
    for body in bodies:
        os.truncate(body, 0)
    return load.total / ours, load.total / theirs


def p7(there, short):
    """STOW-RS from 4 senders, durable and recorded, beside Orthanc's plug-in with the same bodies."""
    rounds = 1 if short else 6
    figures = []
    for load, goal in ((Load("small", 8, 10 if short else 100), "5x"), (Load("ct", 4, 8 if short else 75), "3x")):
        notes = {"acknowledged_per_second": [], "cpu_us_an_instance": []}
        with there.postgres() as url, there.gateway(DATABASE_URL=url, **RECORD_ONLY) as gateway, orthanc(there) as peer:
            found = [one_round(there, gateway, peer, load, notes) for _ in range(rounds)]
            notes["peak_rss_mib"] = gateway.memory_mib("VmHWM")
        # The first round touches memory for the first time.
        ours, theirs = zip(*(found if short else found[1:]))
        what = f"STOW-RS of {load.total} {load.kind}, {load.instances} a request, recorded"
        figures.append(Figure("P7", what, "/s", list(ours), list(theirs), "Orthanc's plug-in", goal, True, notes))
    return figures
