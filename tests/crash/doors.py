"""The load on the push doors of one installation: C-STORE by three senders, STOW-RS, uploads, imports, a watched folder, all at
once, while it dies and comes back; and imports of their own while it does not run. Files go alone and in archives. What is sent
is in the ledger before it goes, what is acknowledged as its sender learned."""

import http.client
import io
import json
import pathlib
import random
import re
import socket
import subprocess
import sys
import threading
import time
import uuid
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
# pylint: disable=wrong-import-position
from checker.orthanc import Orthanc

BEFORE_EVERY_LIFE = 0
PATIENCE_SECONDS = 60
FOLDER_MAX = 30  # files that wait in the watched folder
CONDEMNED_MAX = 4  # studies of Orthanc that wait to be erased
# What DCMTK's senders say of each response, in the order of the files.
DCMTK_RESPONSE = re.compile(r"Received (?:C-STORE|Store) Response \((.*)\)")
SOP_INSTANCE_UIDS = ("00081199", "00081155")


def name_in_archive(number):
    return f"{number % 3}/{number}"


class Sender(threading.Thread):
    """One door, one thread. Ends with stop(), which tells what broke it. `source` is what the program calls this door."""

    source = ""
    pause = 0.4

    def __init__(self, subject, files, ledger, seed):
        super().__init__(daemon=True)
        self._subject = subject
        self._files = files
        self._ledger = ledger
        self._random = random.Random(f"{seed} {subject.name} {type(self).__name__}")
        self._life = 0
        self._ended = threading.Event()
        self._error = None

    def stop(self):
        self._ended.set()
        self.join()
        if self._error:
            raise self._error

    def run(self):
        try:
            while not self._ended.wait(self.pause * self._random.uniform(0.2, 1.8)):
                if self._is_open():
                    self._send()
        except Exception as error:  # told by stop()
            self._error = error

    def _port(self):
        return self._subject.port

    def _is_open(self):
        if self._subject.is_behind():
            return False
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self._port())) == 0

    def _offer(self, files, exact=True):
        """`exact`: this door keeps the bytes of a file as they are, not only its dataset."""
        # Before it is sent: whoever acknowledges it is this life of the program, or a later one.
        self._life = self._subject.life
        for file in files:
            self._write("offered", file, exact, self._life)

    def _acknowledged(self, file, exact=True, life=None):
        """`life`: in which it was offered, when that was not what was offered last."""
        self._write("instance", file, exact, self._life if life is None else life)

    def _write(self, kind, file, exact, life):
        exactly = {"file_sha256": file.file_sha256} if exact else {}
        self._ledger.write(
            kind, subject=self._subject.name, door=type(self).__name__, source=self.source, life=life, **file.named(), **exactly
        )

    def _archive_of(self, files):
        """A zip archive of these and of something that is no DICOM."""
        packed = io.BytesIO()
        method = self._random.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
        with zipfile.ZipFile(packed, "w", method) as archive:
            archive.writestr("readme.txt", "Images of a crash test.")
            for number, file in enumerate(files):
                archive.writestr(name_in_archive(number), file.bytes())
        return packed.getvalue()

    def _send(self):
        raise NotImplementedError


class CStore(Sender):
    """storescu, dcmsend and our own sender in turn."""

    source = "dimse"
    pause = 0.5

    def __init__(self, subject, files, ledger, seed, own_sender):
        super().__init__(subject, files, ledger, seed)
        self._own_sender = own_sender

    def _port(self):
        return self._subject.dicom_port

    def _send(self):
        poison = self._files.poison() if self._random.random() < 0.02 else None
        files = [poison] if poison else self._files.several(12)
        if not files:
            return
        self._offer(files, exact=False)
        self._random.choice((self._storescu, self._dcmsend, self._own))(files)

    def _storescu(self, files):
        self._dcmtk(["storescu", "-v", "-td", "15", "-aec", "DMW"], files)

    def _dcmsend(self, files):
        self._dcmtk(["dcmsend", "-v", "-td", "15", "-aec", "DMW"], files)

    def _dcmtk(self, command, files):
        said = self._run([*command, "127.0.0.1", self._port(), *(file.path for file in files)])
        for file, response in zip(files, DCMTK_RESPONSE.findall(said)):
            if response == "Success":
                self._acknowledged(file, exact=False)

    def _own(self, files):
        """Many associations; prints the path of each file that was answered with 0000."""
        by_path = {str(file.path): file for file in files}
        for line in self._run([self._own_sender, "files", self._port(), "DMW", "4", *by_path]).splitlines():
            if line in by_path:
                self._acknowledged(by_path[line], exact=False)

    @staticmethod
    def _run(command):
        """Killed with its peer it fails, and what it said before counts."""
        done = subprocess.run(
            [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60
        )
        return done.stdout


class Http(Sender):
    def _post(self, path, body, content_type):
        return self._ask("POST", path, body, {"Content-Type": content_type, "Accept": "application/dicom+json"})

    def _ask(self, method, path, body=None, headers=None):
        """The status and the JSON object of the answer, or nothing when it did not come."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port(), timeout=15)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else {}
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


class Stow(Http):
    source = "stow"

    def _send(self):
        files = self._files.several(self._random.choice((1, 4, 40)))
        if not files:
            return
        self._offer(files)
        boundary = uuid.UUID(int=self._random.getrandbits(128)).hex
        parts = (b"--%s\r\nContent-Type: application/dicom\r\n\r\n%s\r\n" % (boundary.encode(), file.bytes()) for file in files)
        body = b"".join(parts) + b"--%s--\r\n" % boundary.encode()
        answer = self._post("/dicom-web/studies", body, f'multipart/related; type="application/dicom"; boundary={boundary}')
        if answer is None or answer[0] not in (200, 202):
            return
        taken, uid = SOP_INSTANCE_UIDS
        kept = {item[uid]["Value"][0] for item in answer[1].get(taken, {}).get("Value", ())}
        for file in files:
            if file.sop in kept:
                self._acknowledged(file)


class Upload(Http):
    """One file, or an archive of several."""

    source = "stow"

    def _send(self):
        self._upload(self._files.several(12) if self._random.random() < 0.3 else [self._files.next()])

    def _upload(self, files):
        if not files:
            return
        self._offer(files)
        alone = len(files) == 1
        body, content_type = (files[0].bytes(), "application/dicom") if alone else (self._archive_of(files), "application/zip")
        answer = self._post("/api/v1/instances", body, content_type)
        # 207: what is no DICOM in the archive was refused.
        if answer is None or answer[0] not in (202, 207):
            return
        kept = {result["name"] for result in answer[1]["results"] if result["outcome"] == "kept"}
        for number, file in enumerate(files):
            if alone or name_in_archive(number) in kept:
                self._acknowledged(file)


class Import(Sender):
    """The import command. It tries again for a while when its server is gone, and tells of each file what became of it."""

    source = "import"
    pause = 2

    def _send(self):
        files = self._files.several(20)
        if not files:
            return
        self._offer(files)
        command = self._subject.command("import", "--json", "--url", self._subject.url, *(file.path for file in files))
        self._acknowledge_told(files, subprocess.run(command, capture_output=True, check=False).stdout)

    def _acknowledge_told(self, files, said):
        """`said`: the lines of --json, of which the last may be cut off."""
        by_path = {str(file.path): file for file in files}
        for line in said.splitlines(keepends=True):
            told = json.loads(line) if line.endswith(b"\n") else {}
            if told.get("outcome") in ("new", "same", "set_aside", "kept"):
                # What is the same may be known without being kept once more: no counter of this life tells of it.
                self._acknowledged(by_path[told["file"]], life=BEFORE_EVERY_LIFE if told["outcome"] == "same" else None)


class LoneImport(Import):
    """The import command where no serve runs: it opens the installation itself. No thread of its own: it is run between two lives
    of the program, by whoever ends them."""

    POINTS = ("inbox.", "door.", "ingest.", "record.", "store.before_put", "store.after_rename", "store.after_sync")

    def run_once(self, points):
        """At one of these points, or at some time, it is killed. Whether it was; it may have come to its end before."""
        files = self._files.several(20)
        if not files:
            return False
        own = [point for point in points if point.startswith(self.POINTS)]
        point = self._random.choice(own) if own and self._random.random() < 0.7 else None
        self._subject.begin_life()
        self._offer(files)
        crash_at = f"{point}:{self._random.randint(1, 4)}" if point else None
        killed, said = self._subject.run_alone(
            ("import", "--json", *(file.path for file in files)), crash_at, self._random.uniform(0.05, 2.0)
        )
        self._acknowledge_told(files, said)
        return killed


class Folder(Sender):
    """A file that was taken has left for done/, or for failed/ when it is poison; so has an archive."""

    source = "folder"

    def __init__(self, subject, files, ledger, seed):
        super().__init__(subject, files, ledger, seed)
        self._watched = subject.watched
        self._waiting = {}
        self._dropped = 0

    def stop(self):
        super().stop()
        until = time.monotonic() + PATIENCE_SECONDS
        while self._waiting and time.monotonic() < until:
            time.sleep(0.1)
            self._see_what_left()

    def waiting(self):
        return len(self._waiting)

    def _is_open(self):
        self._see_what_left()
        return len(self._waiting) < FOLDER_MAX and not self._subject.is_behind()

    def _send(self):
        if self._random.random() < 0.25:
            files = [self._files.next() for _ in range(self._random.randint(2, 8))]
            self._offer(files)
            self._drop(files, self._archive_of(files), "zip")
            return
        files = [self._files.next() for _ in range(self._random.choice((1, 1, 6)))]
        self._offer(files)
        for file in files:
            self._drop([file], file.bytes(), "dcm")

    def _drop(self, files, data, ending):
        """Some files lie in folders, and some have the name of one that was there before."""
        self._dropped += 1
        name = f"{self._dropped % 50}" if self._random.random() < 0.5 else f"s{self._dropped % 4}/{self._dropped}"
        target = self._watched / f"{name}.{ending}"
        if target in self._waiting:
            return
        target.parent.mkdir(exist_ok=True)
        beside = self._watched.parent / "incoming"
        beside.write_bytes(data)
        self._waiting[target] = self._life, files
        beside.rename(target)

    def _see_what_left(self):
        for path, (life, files) in list(self._waiting.items()):
            if not path.exists():
                del self._waiting[path]
                for file in files:
                    self._acknowledged(file, life=life)


class Operator(Upload):
    """Erases studies of its own, of which some come again, and studies that its Orthanc still has, which must stay away; makes other
    versions the current ones. Where the program is to die while it does one of the two, it does that alone. `served` are files for
    Orthanc that nobody else sends."""

    pause = 0.6

    def __init__(self, subject, files, ledger, seed, contradicted, served, orthanc_url):
        super().__init__(subject, files, ledger, seed)
        self._contradicted = contradicted
        self._served = served
        self._orthanc_url = orthanc_url
        self._orthanc = None
        self._condemned = []  # files of studies that Orthanc has and that are to be erased

    def _send(self):
        wanted = self._subject.wanted or ""
        dice = self._random.random()
        if wanted.startswith("promote.") or not wanted.startswith("erase.") and dice < 0.2:
            self._promote()
        elif dice < 0.4:
            self._erase_own()
        elif dice < 0.6:
            self._erase_served()
        else:
            super()._send()

    def _erase_own(self):
        file = self._files.any()
        if file is not None:
            self._erase(file.study)

    def _erase(self, study):
        order = {"subject": self._subject.name, "study": study, "life": self._subject.life}
        self._ledger.write("erasing", **order)
        answer = self._ask("DELETE", f"/api/v1/studies/{study}?reason=crash%20test")
        if answer is not None and answer[0] == 202:
            self._ledger.write("erased", instances=answer[1]["instance_count"], **order)

    def _erase_served(self):
        """A study goes to Orthanc; once the program has all of it, it is erased there and stays in Orthanc."""
        whole = [files for files in self._condemned if self._has(files)]
        if whole:
            files = self._random.choice(whole)
            self._condemned.remove(files)
            self._erase(files[0].study)
        elif len(self._condemned) < CONDEMNED_MAX:
            files = self._served.study(self._random.randint(1, 3))
            for file in files:
                self._post_to_orthanc(file)
            self._condemned.append(files)

    def _post_to_orthanc(self, file):
        if self._orthanc is None:
            self._orthanc = Orthanc(self._orthanc_url)
        self._orthanc.post_instance(file.bytes())
        self._ledger.write("instance", **file.named(), file_sha256=file.file_sha256)

    def _has(self, files):
        answer = self._ask("GET", f"/api/v1/studies/{files[0].study}")
        return answer is not None and answer[0] == 200 and answer[1]["instance_count"] == len(files)

    def _promote(self):
        file = self._contradicted.contradiction()
        if file is None:
            self._upload(self._contradicted.contradict())
            return
        answer = self._ask("GET", f"/api/v1/studies/{file.study}/instances?all_versions=true&several=true&limit=1000")
        others = [version for version in answer[1]["instances"] if not version["current"]] if answer and answer[0] == 200 else []
        if not others:
            self._upload([file])
            return
        version = self._random.choice(others)
        what = {"study": file.study, "sop": version["sop_instance_uid"], "dataset_sha256": version["dataset_sha256"]}
        self._ledger.write("promoting", subject=self._subject.name, **what)
        answer = self._ask("POST", f"/api/v1/instances/{version['id']}/promote?reason=crash%20test")
        if answer is not None and answer[0] == 200:
            self._ledger.write("promoted", subject=self._subject.name, **what)


class Doors:
    """All of one installation."""

    def __init__(self, subject, pools, ledger, seed, own_sender, orthanc_url):
        parts = (subject, pools.sent, ledger, seed)
        self.subject = subject
        self._folder = Folder(*parts)
        self.lone_import = LoneImport(*parts)
        operator = Operator(subject, pools.erased, ledger, seed, pools.sent, pools.served, orthanc_url)
        self._senders = [CStore(*parts, own_sender), Stow(*parts), Upload(*parts), Import(*parts), self._folder, operator]

    def start(self):
        for sender in self._senders:
            sender.start()

    def stop(self):
        """While the installation runs: the watched folder must empty."""
        for sender in self._senders:
            sender.stop()
        if self._folder.waiting():
            raise RuntimeError(f"{self._folder.waiting()} files stay in the watched folder")
