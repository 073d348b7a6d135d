"""The files of a load: studies that grow, come late, come again and conflict, and poison. All stay on the disk, under the
digest of their dataset."""

import dataclasses
import pathlib
import random
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
# pylint: disable=wrong-import-position
import dicom_file
from checker import part10

OPEN_STUDIES = 6
POISON_PADDING = 25  # more header than HEADER_LIMIT_MIB=1 allows


@dataclasses.dataclass(frozen=True)
class File:
    study: str
    sop: str
    path: pathlib.Path
    dataset_sha256: str
    file_sha256: str
    poison: bool = False

    def bytes(self):
        return self.path.read_bytes()

    def named(self):
        """Its fields in the ledger."""
        return {"study": self.study, "sop": self.sop, "dataset_sha256": self.dataset_sha256, "poison": self.poison}


@dataclasses.dataclass
class Study:
    uid: str
    wanted: int
    files: list = dataclasses.field(default_factory=list)


class Files:
    """Any thread. `others` is a further pool of which files come again, too."""

    def __init__(self, folder, seed, conflicts=0.0, others=None):
        self._folder = pathlib.Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._random = random.Random(seed)
        self._root = f"{dicom_file.ROOT}.{self._random.randrange(10**8, 10**9)}"
        self._conflicts = conflicts
        self._others = others
        self._studies = 0
        self._open = []
        self._grown = []
        self._contradictions = []
        self._lock = threading.Lock()

    def next(self):
        with self._lock:
            dice = self._random.random()
            if dice < 0.005:
                return self._poison()
            if not self._grown:
                return self._grow()
            if dice < 0.07:
                return self._again()
            if dice < 0.16:
                return self._make(self._random.choice(self._grown))
            if dice < 0.16 + self._conflicts:
                study = self._random.choice(self._grown)
                return self._make(study, under=self._random.choice(study.files).sop)
            return self._grow()

    def poison(self):
        with self._lock:
            return self._poison()

    def several(self, most):
        """Of different SOP Instance UIDs, none of them poison: some senders take a name once only."""
        found = {}
        for _ in range(self._random.randint(1, most)):
            file = self.next()
            if not file.poison:
                found.setdefault(file.sop, file)
        return list(found.values())

    def contradiction(self):
        """One whose SOP Instance UID has other bytes, too, or nothing."""
        with self._lock:
            return self._random.choice(self._contradictions) if self._contradictions else None

    def contradict(self):
        """One that contradicts another from now on, and that other; none as long as no study is whole."""
        with self._lock:
            if not self._grown:
                return []
            study = self._random.choice(self._grown)
            first = self._random.choice(study.files)
            return [first, self._make(study, under=first.sop)]

    def study(self, count):
        """A whole new study of so many instances, which come no other way."""
        with self._lock:
            study = self._new_study()
            return [self._make(study) for _ in range(count)]

    def any(self):
        """One that was made before, or nothing."""
        with self._lock:
            return self._random.choice(self._random.choice(self._grown).files) if self._grown else None

    def _poison(self):
        return self._make(self._new_study(), padding=POISON_PADDING)

    def _again(self):
        other = self._others.any() if self._others and self._random.random() < 0.5 else None
        return other or self._random.choice(self._random.choice(self._grown).files)

    def _grow(self):
        while len(self._open) < OPEN_STUDIES:
            self._open.append(self._new_study())
        study = self._random.choice(self._open)
        file = self._make(study)
        if len(study.files) >= study.wanted:
            self._open.remove(study)
            self._grown.append(study)
        return file

    def _new_study(self):
        self._studies += 1
        return Study(f"{self._root}.{self._studies}", self._random.choice((1, 3, 8, 15, 30)))

    def _make(self, study, padding=0, under=None):
        """`under`: a SOP Instance UID that has other bytes already."""
        number = int(under.rsplit(".", 1)[1]) if under else len(study.files) + 1
        series = f"{study.uid}.{number % 3 + 1}"
        sop = under or f"{series}.{number}"
        side = self._random.choice((8, 16, 32, 64))
        dataset = dicom_file.dataset(study.uid, series, sop, number, self._random.randbytes(side * side), padding)
        data = dicom_file.meta(sop) + dataset
        found = part10.fingerprint(data)
        file = File(
            study.uid, sop, self._folder / f"{found.dataset_sha256}.dcm", found.dataset_sha256, found.file_sha256, padding > 0
        )
        file.path.write_bytes(data)
        (self._contradictions if under else study.files).append(file)
        return file


class Pools:
    """The files of one installation: what goes to its doors, what is erased of it, and what it erases though Orthanc has it."""

    def __init__(self, folder, seed, conflicts, of_orthanc):
        self.sent = Files(folder, seed, conflicts, of_orthanc)
        self.erased = Files(folder, f"{seed} erased")
        self.served = Files(folder, f"{seed} served")
