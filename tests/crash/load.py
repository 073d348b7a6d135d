"""The load: feeds an Orthanc with studies that grow, come late, come again, and with poison, and keeps the ledger."""

import dataclasses
import pathlib
import random
import subprocess
import sys
import threading

import dicom_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
# pylint: disable=wrong-import-position
from checker import part10
from checker.orthanc import Orthanc

OPEN_STUDIES = 6
POISON_PADDING = 25  # more header than HEADER_LIMIT_MIB=1 allows


@dataclasses.dataclass
class Study:
    uid: str
    wanted: int
    sent: list = dataclasses.field(default_factory=list)


class Load(threading.Thread):
    """Sends until stop(). What `study()` gives may be asked of any thread."""

    def __init__(self, ledger, orthanc_url, dicom_port, folder, seed, rate):
        super().__init__(daemon=True)
        self.ledger = ledger
        self.error = None
        self._orthanc_url = orthanc_url
        self._dicom_port = dicom_port
        self._folder = pathlib.Path(folder)
        self._folder.mkdir()
        self._random = random.Random(seed)
        self._pause = 1 / rate
        self._run_id = self._random.randrange(10**8, 10**9)
        self._studies = 0
        self._open = []
        self._grown = []
        self._resources = []
        self._ended = threading.Event()

    def study(self, dice):
        """Orthanc's id of a study that is there, or nothing yet."""
        return dice.choice(self._resources) if self._resources else None

    def stop(self):
        self._ended.set()
        self.join()
        if self.error:
            raise self.error

    def run(self):
        try:
            orthanc = Orthanc(self._orthanc_url)
            while not self._ended.wait(self._pause * self._random.uniform(0.2, 1.8)):
                self._act(orthanc)
        except Exception as error:  # told by stop()
            self.error = error

    def _act(self, orthanc):
        dice = self._random.random()
        if dice < 0.06 and self._grown:
            study, sop, data = self._again()
            self._post(orthanc, study, sop, data)
        elif dice < 0.16 and self._grown:
            self._grow(orthanc, self._random.choice(self._grown))
        elif dice < 0.19:
            self._send_dimse()
        elif dice < 0.195:
            self._poison(orthanc)
        else:
            study = self._current()
            self._grow(orthanc, study)
            if len(study.sent) >= study.wanted:
                self._open.remove(study)
                self._grown.append(study)

    def _current(self):
        if len(self._open) < OPEN_STUDIES:
            self._open.append(self._new_study())
        return self._random.choice(self._open)

    def _new_study(self):
        self._studies += 1
        return Study(f"{dicom_file.ROOT}.{self._run_id}.{self._studies}", self._random.choice((1, 3, 8, 15, 30)))

    def _file(self, study, padding=0):
        number = len(study.sent) + 1
        series = f"{study.uid}.{number % 3 + 1}"
        sop = f"{series}.{number}"
        side = self._random.choice((8, 16, 32, 64))
        data = dicom_file.dataset(study.uid, series, sop, number, self._random.randbytes(side * side), padding)
        study.sent.append((sop, len(data)))
        return sop, dicom_file.meta(sop) + data

    def _grow(self, orthanc, study):
        sop, data = self._file(study)
        self._post(orthanc, study, sop, data)

    def _again(self):
        study = self._random.choice(self._grown)
        sop = self._random.choice(study.sent)[0]
        path = self._folder / sop
        return study, sop, path.read_bytes()

    def _post(self, orthanc, study, sop, data, poison=False):
        answer = orthanc.post_instance(data)
        new = answer["Status"] == "Success"
        if new and not poison:
            (self._folder / sop).write_bytes(data)
        self._enter(study, sop, data, new, poison)
        if not poison and answer["ParentStudy"] not in self._resources:
            self._resources.append(answer["ParentStudy"])

    def _enter(self, study, sop, data, exact, poison=False):
        found = part10.fingerprint(data)
        exactly = {"file_sha256": found.file_sha256} if exact else {}
        self.ledger.write("instance", study=study.uid, sop=sop, dataset_sha256=found.dataset_sha256, poison=poison, **exactly)

    def _send_dimse(self):
        """Orthanc writes its own meta header: the dataset is what must come out."""
        study = self._new_study()
        files = []
        for _ in range(self._random.randint(1, 5)):
            sop, data = self._file(study)
            (self._folder / sop).write_bytes(data)
            files.append((sop, data))
        command = ["storescu", "-aec", "ORTHANC", "127.0.0.1", str(self._dicom_port)]
        subprocess.run(command + [str(self._folder / sop) for sop, _ in files], check=True, capture_output=True, timeout=60)
        for sop, data in files:
            self._enter(study, sop, data, exact=False)
        self._grown.append(study)

    def _poison(self, orthanc):
        """A study of its own: one header that is too large."""
        study = self._new_study()
        sop, data = self._file(study, POISON_PADDING)
        self._post(orthanc, study, sop, data, poison=True)
