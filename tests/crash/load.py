"""The load on an Orthanc, which every installation pulls from: feeds it and keeps the ledger of what it acknowledged."""

import pathlib
import random
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
# pylint: disable=wrong-import-position
from checker.orthanc import Orthanc


class Load(threading.Thread):
    """Sends until stop(), and waits while `is_behind` says that somebody who pulls is. What `study()` gives may be asked of any
    thread."""

    def __init__(self, ledger, orthanc_url, dicom_port, files, seed, rate, is_behind):
        super().__init__(daemon=True)
        self.error = None
        self._ledger = ledger
        self._orthanc_url = orthanc_url
        self._dicom_port = dicom_port
        self._files = files
        self._random = random.Random(f"{seed} orthanc")
        self._pause = 1 / rate
        self._is_behind = is_behind
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
                if self._is_behind():
                    continue
                if self._random.random() < 0.03:
                    self._send_dimse()
                else:
                    self._post(orthanc, self._files.next())
        except Exception as error:  # told by stop()
            self.error = error

    def _post(self, orthanc, file):
        answer = orthanc.post_instance(file.bytes())
        self._ledger.write("instance", **file.named(), file_sha256=file.file_sha256)
        if not file.poison and answer["ParentStudy"] not in self._resources:
            self._resources.append(answer["ParentStudy"])

    def _send_dimse(self):
        """Orthanc writes its own meta header: the dataset is what must come out."""
        files = self._files.several(5)
        if not files:
            return
        command = ["storescu", "-aec", "ORTHANC", "127.0.0.1", str(self._dicom_port)]
        subprocess.run(command + [str(file.path) for file in files], check=True, capture_output=True, timeout=60)
        for file in files:
            self._ledger.write("instance", **file.named())
