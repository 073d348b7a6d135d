"""The real servers of a crash test: PostgreSQL, Orthanc and a Kafka broker below one folder."""

import os
import pathlib
import signal
import subprocess

PROGRAM = pathlib.Path(__file__).resolve().parents[1] / "support" / "servers"
KINDS = ("postgres", "orthanc", "kafka")


class TestServers:
    """One thread."""

    def __init__(self, folder):
        self._folder = folder
        self._servers = folder / "servers"

    def start(self):
        """The variables that name them."""
        self._servers.mkdir()
        where = {}
        for kind in KINDS:
            where |= self._say("start", kind, self._servers / kind)
        return where

    def kill(self, kind):
        self._say("kill9", self._servers / kind)

    def restart(self, kind):
        self._say("restart", self._servers / kind)

    def end(self):
        """Stops them, and kills what was started below the folder and still runs."""
        subprocess.run([PROGRAM, "stop-all", self._folder], check=False, stdout=subprocess.DEVNULL)
        for process in list(self._processes_below()):
            os.kill(process, signal.SIGKILL)

    @staticmethod
    def _say(*arguments):
        done = subprocess.run([PROGRAM, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True)
        return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)

    def _processes_below(self):
        """Their working directory is below the folder."""
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and str((entry / "cwd").readlink()).startswith(f"{self._folder}/"):
                    yield int(entry.name)
            except OSError:
                continue
