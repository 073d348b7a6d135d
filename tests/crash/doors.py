"""The load on the push doors of one installation: C-STORE by three senders, STOW-RS, uploads, imports, a watched folder, all at
once, while it dies and comes back. What is sent is in the ledger before it goes, what is acknowledged as its sender learned."""

import http.client
import json
import random
import re
import socket
import subprocess
import threading
import time
import uuid

PATIENCE_SECONDS = 20
FOLDER_MAX = 30  # files that wait in the watched folder
# What DCMTK's senders say of each response, in the order of the files.
DCMTK_RESPONSE = re.compile(r"Received (?:C-STORE|Store) Response \((.*)\)")
SOP_INSTANCE_UIDS = ("00081199", "00081155")


class Sender(threading.Thread):
    """One door, one thread. Ends with stop(), which tells what broke it."""

    pause = 0.4

    def __init__(self, subject, files, ledger, seed):
        super().__init__(daemon=True)
        self._subject = subject
        self._files = files
        self._ledger = ledger
        self._random = random.Random(f"{seed} {subject.name} {type(self).__name__}")
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
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self._port())) == 0

    def _offer(self, files, exact=True):
        """`exact`: this door keeps the bytes of a file as they are, not only its dataset."""
        for file in files:
            self._write("offered", file, exact)

    def _acknowledged(self, file, exact=True):
        self._write("instance", file, exact)

    def _write(self, kind, file, exact):
        exactly = {"file_sha256": file.file_sha256} if exact else {}
        self._ledger.write(kind, subject=self._subject.name, door=type(self).__name__, **file.named(), **exactly)

    def _send(self):
        raise NotImplementedError


class CStore(Sender):
    """storescu, dcmsend and our own sender in turn."""

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
    def _send(self):
        file = self._files.next()
        self._offer([file])
        answer = self._post("/api/v1/instances", file.bytes(), "application/dicom")
        if answer is not None and answer[0] in (200, 201, 202):
            self._acknowledged(file)


class Import(Sender):
    """The import command. It tries again for a while when its server is gone, and knows at the end what became of all."""

    pause = 2

    def _send(self):
        files = self._files.several(20)
        if not files:
            return
        self._offer(files)
        command = self._subject.command("import", "--url", self._subject.url, *(file.path for file in files))
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode == 0:
            for file in files:
                self._acknowledged(file)


class Folder(Sender):
    """A file that was taken has left for done/, or for failed/ when it is poison."""

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
        return len(self._waiting) < FOLDER_MAX

    def _send(self):
        files = [self._files.next() for _ in range(self._random.choice((1, 1, 6)))]
        self._offer(files)
        for file in files:
            self._drop(file)

    def _drop(self, file):
        """Some files lie in folders, and some have the name of one that was there before."""
        self._dropped += 1
        name = f"{self._dropped % 50}.dcm" if self._random.random() < 0.5 else f"s{self._dropped % 4}/{self._dropped}.dcm"
        target = self._watched / name
        if target in self._waiting:
            return
        target.parent.mkdir(exist_ok=True)
        beside = self._watched.parent / "incoming"
        beside.write_bytes(file.bytes())
        self._waiting[target] = file
        beside.rename(target)

    def _see_what_left(self):
        for path, file in list(self._waiting.items()):
            if not path.exists():
                del self._waiting[path]
                self._acknowledged(file)


class Operator(Upload):
    """Erases studies of its own, of which some come again, and makes other versions the current ones."""

    pause = 0.6

    def __init__(self, subject, files, ledger, seed, contradicted):
        super().__init__(subject, files, ledger, seed)
        self._contradicted = contradicted

    def _send(self):
        dice = self._random.random()
        if dice < 0.6:
            super()._send()
        elif dice < 0.85:
            self._erase()
        else:
            self._promote()

    def _erase(self):
        file = self._files.any()
        if file is None:
            return
        self._ledger.write("erased", subject=self._subject.name, study=file.study)
        self._ask("DELETE", f"/api/v1/studies/{file.study}?reason=crash%20test")

    def _promote(self):
        file = self._contradicted.contradiction()
        answer = self._ask("GET", f"/api/v1/studies/{file.study}/instances?all_versions=true&limit=1000") if file else None
        if answer is None or answer[0] != 200:
            return
        version = self._random.choice(answer[1]["instances"])
        self._ask("POST", f"/api/v1/instances/{version['id']}/promote?reason=crash%20test")


class Doors:
    """All of one installation."""

    def __init__(self, subject, files, erased, ledger, seed, own_sender):
        parts = (subject, files, ledger, seed)
        self._folder = Folder(*parts)
        self._senders = [CStore(*parts, own_sender), Stow(*parts), Upload(*parts), Import(*parts), self._folder,
                         Operator(subject, erased, ledger, seed, files)]  # fmt: skip

    def start(self):
        for sender in self._senders:
            sender.start()

    def stop(self):
        """While the installation runs: the watched folder must empty."""
        for sender in self._senders:
            sender.stop()
        if self._folder.waiting():
            raise RuntimeError(f"{self._folder.waiting()} files stay in the watched folder")
