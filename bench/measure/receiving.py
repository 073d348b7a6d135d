"""P1 to P4: instances that come by C-STORE, until they are durable and recorded."""

import collections.abc
import contextlib
import dataclasses
import os
import pathlib
import subprocess
import time

from measure import dicom
from measure.report import Figure
from measure.world import FAST_DCMTK, Failed, wait_until

ASSOCIATIONS = 16
PEER_ASSOCIATIONS = 4  # where both peers are at their best
THREADS = 16
KINDS = ("small", "ct")
# Nothing settles meanwhile: revisions and events are P8's.
RECORD_ONLY = {"SETTLE_QUIET": "1h", "SETTLE_MAX": "1h"}


@dataclasses.dataclass(frozen=True)
class Amount:
    """Of one run."""

    studies: int
    instances: int  # each

    @property
    def total(self):
        return self.studies * self.instances


def amount(kind, total):
    return Amount(total, 1) if kind == "small" else Amount(ASSOCIATIONS, max(1, total // ASSOCIATIONS))


def pattern(there, kind):
    """A file of which the sender makes all instances."""
    path = there.folder / f"{kind}.dcm"
    if not path.exists():
        path.write_bytes(next(dicom.Study(kind, 1).files()))
    return path


def send(there, port, called, associations, kind, wanted):
    """What our sender says of it. What others left to be written is on the disk before."""
    os.sync()
    studies = ("many", port, called, associations, wanted.studies, wanted.instances, 0, pattern(there, kind))
    return there.run("c_store/c_store", *studies)


def recorded(gateway, before, count):
    """Seconds until all are recorded."""
    begin = time.monotonic()
    wait_until(f"{count} recorded instances", lambda: gateway.recorded("dimse") - before >= count)
    return time.monotonic() - begin


class Ours:
    """The runs of our program, and what else they showed."""

    def __init__(self, there, gateway, kind):
        self._there = there
        self._gateway = gateway
        self._kind = kind
        self.notes = {"acknowledged_per_second": [], "ack_p50_ms": [], "ack_p99_ms": [], "drain_seconds": [], "cpu_us_an_instance": []}

    def run(self, wanted):
        before, cpu_before = self._gateway.recorded("dimse"), self._gateway.cpu_seconds()
        said = send(self._there, self._gateway.dicom_port, "DMW", ASSOCIATIONS, self._kind, wanted)
        drain = recorded(self._gateway, before, wanted.total)
        cpu = self._gateway.cpu_seconds() - cpu_before
        shown = (said["per_second"], said["p50_ms"], said["p99_ms"], drain, cpu / wanted.total * 1e6)
        for values, value in zip(self.notes.values(), shown):
            values.append(value)
        return wanted.total / (said["seconds"] + drain)


@contextlib.contextmanager
def gateway_on_postgres(there):
    with there.postgres() as url, there.gateway(DATABASE_URL=url, **RECORD_ONLY) as gateway:
        yield gateway


@dataclasses.dataclass
class Rival:
    """What our program takes turns with."""

    name: str  # of the figure
    what: str
    goals: tuple  # one a kind
    open: collections.abc.Callable  # of the world; its context gives `rate(kind, wanted)`


def beside(there, short, rivals, totals=(6000, 1600)):
    """Rounds of our program and each rival in turn; a figure for each rival and kind."""
    figures = []
    for at, kind in enumerate(KINDS):
        wanted = amount(kind, totals[at] // 20 if short else totals[at])
        with contextlib.ExitStack() as stack:
            runs = Ours(there, stack.enter_context(gateway_on_postgres(there)), kind)
            rates = [stack.enter_context(rival.open(there)) for rival in rivals]
            # The first round touches memory for the first time.
            rounds = [(runs.run(wanted), *(rate(kind, wanted) for rate in rates)) for _ in range(1 if short else 6)]
        ours, *theirs = zip(*(rounds if short else rounds[1:]))
        what = f"C-STORE of {wanted.total} {kind}, {ASSOCIATIONS} associations, recorded"
        figures += [
            Figure(rival.name, what, "/s", list(ours), list(rates), rival.what, rival.goals[at], True, runs.notes)
            for rival, rates in zip(rivals, theirs)
        ]
    return figures


@contextlib.contextmanager
def orthanc(there):
    """A quarter of the instances: it is slower."""
    with there.orthanc(**FAST_DCMTK) as peer:
        yield lambda kind, wanted: send(
            there, peer.dicom_port, "ORTHANC", PEER_ASSOCIATIONS, kind, amount(kind, max(ASSOCIATIONS, wanted.total // 4))
        )["per_second"]


@contextlib.contextmanager
def storescp(there):
    with there.storescp() as port:
        yield lambda kind, wanted: send(there, port, "STORESCP", PEER_ASSOCIATIONS, kind, wanted)["per_second"]


def disk(sync):
    @contextlib.contextmanager
    def opened(there):
        def rate(kind, wanted):
            os.sync()
            size = pattern(there, kind).stat().st_size
            said = there.run("disk_limit/disk_limit", there.new_folder("disk"), THREADS, wanted.total, size, sync)
            return said["files"] / said["seconds"]

        yield rate

    return opened


def p1(there, short):
    """16 associations of a fast sender, durable and recorded, beside an Orthanc at its best."""
    return beside(there, short, [Rival("P1", "Orthanc's C-STORE", ("6x", "3x"), orthanc)])


def p2(there, short):
    """The same beside DCMTK's storescp, which never waits for the disk."""
    return beside(there, short, [Rival("P2", "storescp --fork", ("0.35x", "0.35x"), storescp)])


def p3(there, short):
    """The same beside what the disk takes of files alone."""
    names = ("create + fsync + rename", "the same + fsync of its folder")
    goals = (("0.5x", "0.65x"), ("", ""))
    return beside(there, short, [Rival("P3", *parts, disk(sync)) for *parts, sync in zip(names, goals, ("file", "folder"))])


def storescu(port, called, folder):
    """Seconds of one stock storescu for all files of a folder."""
    begin = time.monotonic()
    command = ["storescu", "-aec", called, "+sd", "127.0.0.1", str(port), str(folder)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode:
        raise Failed(f"storescu ended with {said.returncode}: {said.stderr.strip()[-300:]}")
    return time.monotonic() - begin


def files(there, kind, wanted):
    """A new folder of files as storescu wants them."""
    folder = pathlib.Path(there.new_folder("files"))
    for study in range(wanted.studies):
        for number, data in enumerate(dicom.Study(kind, wanted.instances).files()):
            (folder / f"{study:05}-{number:05}.dcm").write_bytes(data)
    os.sync()
    return folder


def p4(there, short):
    """One association of a stock storescu, beside the same with a stock Orthanc."""
    figures = []
    with gateway_on_postgres(there) as gateway, there.orthanc() as orthanc:
        for kind, total, goal in zip(KINDS, (2000, 480), ("40x", "25x")):
            wanted, fewer = amount(kind, total // 20 if short else total), amount(kind, 16 if short else 48)
            ours, theirs = [], []
            for turn in range(1 if short else 6):
                before = gateway.recorded("dimse")
                spent = storescu(gateway.dicom_port, "DMW", files(there, kind, wanted))
                rate = wanted.total / (spent + recorded(gateway, before, wanted.total))
                peer_rate = fewer.total / storescu(orthanc.dicom_port, "ORTHANC", files(there, kind, fewer))
                if turn > 0 or short:
                    ours.append(rate)
                    theirs.append(peer_rate)
            what = f"stock storescu, {wanted.total} {kind}, recorded"
            figures.append(Figure("P4", what, "/s", ours, theirs, "stock Orthanc", goal))
    return figures
