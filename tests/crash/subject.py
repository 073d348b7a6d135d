"""A subject: one installation of the program, started and killed over and over."""

import http.client
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
# pylint: disable=wrong-import-position
import points as crash_points
from ports import free_port, is_free

REACH_SECONDS = 8.0
REACH_ERASING_SECONDS = 15.0  # objects of erased studies go each 10 s
PORT_SECONDS = 5.0
REST_SECONDS = 6.0
ALONE_SECONDS = 60.0
# What waits in the inbox before the doors wait, too. After a kill each instance that was under way has its header read by a
# process of its own: where a machine is busy, more would come than is done between two kills.
BACKLOG_MAX = 100
CATCH_UP_SECONDS = 30.0
REST_EVERY = 8  # kills
ALONE_EVERY = 7  # kills
MISSED_ROUNDS = 6  # of the points that nobody reached
SIGNALED = -signal.SIGKILL


class Subject:
    """One thread drives it. Its `life` is a number that rises with each process; `wanted` is the point at which it is to die now,
    for whoever can bring it there. Any thread may read both."""

    def __init__(self, name, binary, folder, settings, ledger, load, seed, disk=None):
        self.name = name
        self.port = free_port()
        self.dicom_port = free_port()
        self.folder = pathlib.Path(folder)
        self.watched = self.folder / "watched"
        self.watched.mkdir(parents=True, exist_ok=True)
        self.disk = disk
        self.process = None
        self.life = 0
        self.wanted = None
        self.ended_by_itself = []
        self._binary = str(binary)
        self._ledger = ledger
        self._load = load
        self._dice = random.Random(f"{seed} {name}")
        self._log = open(self.folder / "log", "ab")
        self._environment = {
            "PATH": os.environ["PATH"],
            "HTTP_PORT": str(self.port),
            "DIMSE_PORT": str(self.dicom_port),
            "STORAGE_PATH": "data/storage",
            "WATCH_PATH": str(self.watched),
            "WATCH_INTERVAL": "100ms",
            "WATCH_STABLE": "0s",
            "KAFKA_TOPIC": f"crash.{name}.v1",
            "KAFKA_DLQ_TOPIC": f"crash.{name}.dlq",
            "KAFKA_CREATE_TOPICS": "true",
            "KAFKA_PARTITIONS": "4",
            "SETTLE_QUIET": "400ms",
            "DELETE_GRACE": "0s",
            "ORTHANC_POLL_INTERVAL": "100ms",
            "HEADER_LIMIT_MIB": "1",
            "DISK_RESERVE_GIB": "0",
            "LOG_FORMAT": "json",
            **settings,
        }

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def setting(self):
        return self._environment

    @property
    def inbox(self):
        return self.folder / self._environment.get("INBOX_PATH", f"{self._environment['STORAGE_PATH']}/inbox")

    def command(self, *words):
        return [self._binary, *map(str, words)]

    def begin_life(self):
        """Nothing of it runs now. What is offered from now on is acknowledged by the next process, or by a later one."""
        self.life += 1
        self._ledger.write("life", subject=self.name, life=self.life, at=time.time_ns() // 1000)

    def start(self, crash_at=None, freeze_at=None):
        self._wait_for_ports()
        self.begin_life()
        self.process = self._run(("serve",), {"DMW_CRASH_AT": crash_at, "DMW_FREEZE_AT": freeze_at}, self._log)

    def _wait_for_ports(self):
        """A process that the killed one had just begun to spawn has its sockets until it is another program."""
        until = time.monotonic() + PORT_SECONDS
        while time.monotonic() < until and not (is_free(self.port) and is_free(self.dicom_port)):
            time.sleep(0.02)

    def run_alone(self, words, crash_at, seconds):
        """Another command of the program while serve does not run; without a point to die at it is killed after this time. Whether
        it was killed, and what it said until then: line by line, as the one who waits for it reads it."""
        self.process = self._run(words, {"DMW_CRASH_AT": crash_at}, subprocess.PIPE, ("stdbuf", "-oL"))
        try:
            said, _ = self.process.communicate(timeout=ALONE_SECONDS if crash_at else seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            said, _ = self.process.communicate()
        killed = self.process.returncode == SIGNALED
        if killed or self.process.returncode < 0:
            self._note_end()
        return killed, said

    def _run(self, words, faults, output, before=()):
        """`faults`: variables of the points at which it fails; one without a value is not set."""
        environment = self._environment | {name: point for name, point in faults.items() if point}
        return subprocess.Popen(
            [*before, *self.command(*words)],
            cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=self._log,
        )  # fmt: skip

    def kill(self):
        self.process.kill()
        self._note_end()

    def _note_end(self):
        """Nothing but SIGKILL may end it."""
        code = self.process.wait()
        if code != SIGNALED:
            self.ended_by_itself.append(f"{self.name} ended with {code} by itself: {self.last_words()}")
        if self.disk:
            self.disk.cut()

    def last_words(self):
        lines = (self.folder / "log").read_text(errors="replace").splitlines()
        return " / ".join(lines[-3:])

    def kill_at(self, point, passage):
        """True when it was reached."""
        self.wanted = point
        try:
            return self._dies_at(point, passage)
        finally:
            self.wanted = None

    def _dies_at(self, point, passage):
        self.start(f"{point}:{passage}")
        until = time.monotonic() + (REACH_ERASING_SECONDS if point.startswith("erase.") else REACH_SECONDS)
        while time.monotonic() < until:
            try:
                self.process.wait(0.15)
                self._note_end()
                return True
            except subprocess.TimeoutExpired:
                self.ask(unknown=point.startswith("bury") or self._dice.random() < 0.05)
        self.kill()
        return False

    def kill_after(self, seconds):
        self.start()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(min(0.2, max(0.0, until - time.monotonic())))
            self.ask(unknown=self._dice.random() < 0.03)
        self.kill()

    def kill_at_rest(self, at_rest, seconds):
        """Lets it catch up before: what begins each time with more than it can do comes to few of its points."""
        self.start()
        until = time.monotonic() + seconds
        while time.monotonic() < until and not at_rest():
            time.sleep(0.2)
        self.kill()

    def ask(self, unknown):
        """A trigger, of a study that is there or of one that is nowhere."""
        study = self._load.study(self._dice)
        if unknown or study is None:
            unknown, study = True, "-".join(f"{self._dice.getrandbits(32):08x}" for _ in range(5))
        what = {"subject": self.name, "orthanc_id": study, "known": not unknown}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.connect()
        except OSError:
            return
        try:
            body = json.dumps({"ID": study, "Path": "Study"})
            connection.request("POST", "/api/v1/ingestion/studies", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self._ledger.write("unanswered", **what)
            return
        finally:
            connection.close()
        if answer.status == 202:
            self._ledger.write("request", request_id=json.loads(text)["request_id"], **what)
        else:
            self._ledger.write("unanswered", **what)

    def backlog(self):
        """Instances in its inbox; 0 where that is not known: a disk that is to be cut must not be looked at by others."""
        if self.disk:
            return 0
        try:
            inbox = sqlite3.connect(f"file:{self.inbox}/inbox.sqlite?mode=ro", uri=True)
            try:
                return inbox.execute("select count(*) from items").fetchone()[0]
            finally:
                inbox.close()
        except sqlite3.Error:  # before its first start, or in the middle of one
            return 0

    def is_behind(self):
        return self.backlog() >= BACKLOG_MAX

    def wait_ready(self, seconds=60):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/ready")
                if connection.getresponse().status == 200:
                    return True
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
        return False

    def stop_politely(self, seconds=30):
        """What is wrong with its end, or nothing."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return f"{self.name} did not end within {seconds} s of SIGTERM"
        return f"{self.name} ended with {code} after SIGTERM: {self.last_words()}" if code else None


class Killer(threading.Thread):
    """Kills one subject until enough are killed: at points, at random times, and now and then when it is at rest, or when an
    import has it for itself."""

    def __init__(self, subject, points, first_points, seed, shared, at_rest, lone_import):
        super().__init__(daemon=True)
        self.subject = subject
        self.reached = {}
        self.imports_killed = 0
        self.imports_done = 0
        self.error = None
        self._dice = random.Random(f"{seed} {subject.name} plan")
        self._points = points
        self._first = first_points
        self._tries = {}
        self._shared = shared
        self._at_rest = at_rest
        self._lone_import = lone_import

    def run(self):
        try:
            self._kill_by_plan()
            self._kill_at_missed()
        except Exception as error:  # told by the run
            self.error = error

    def _kill_by_plan(self):
        for point in self._first:
            self._kill_at(point, 1)
        for number, (point, passage) in enumerate(self._plan(), 1):
            if self._shared.enough():
                return
            if number % REST_EVERY == 0:
                self._kill_at_rest(REST_SECONDS)
            self._catch_up()
            if number % ALONE_EVERY == 0:
                self._kill_an_import()
            if point is None:
                self.subject.kill_after(self._dice.uniform(0.02, 1.6))
                self._shared.killed()
            else:
                self._kill_at(point, passage)

    def _kill_at_missed(self):
        """The kills of the plan are done; some point may have been missed by both installations."""
        for _ in range(MISSED_ROUNDS):
            for point in self._points:
                if not self._shared.may_miss(point):
                    self._catch_up()
                    self._kill_at(point, 1)

    def _catch_up(self):
        if self.subject.is_behind():
            self._kill_at_rest(CATCH_UP_SECONDS)

    def _kill_at_rest(self, seconds):
        self.subject.kill_at_rest(self._at_rest, seconds)
        self._shared.killed()

    def _plan(self):
        """Each point at its first passage, then at later ones; every third kill at a random time."""
        passages = [(1, 1), (1, 4), (2, 25)]
        turn = 0
        while True:
            least, most = passages[min(turn, len(passages) - 1)]
            order = [point for point in self._points if turn == 0 or self._wanted(point)]
            self._dice.shuffle(order)
            for number, point in enumerate(order):
                never = point not in self.reached
                yield point, 1 if never else self._dice.randint(least, most)
                if number % 2:
                    yield None, 0
            if not order:
                yield None, 0
            turn += 1

    def _wanted(self, point):
        """What was tried three times and never reached is not waited for any longer."""
        return point in self.reached or self._tries.get(point, 0) < 3

    def _kill_an_import(self):
        killed = self._lone_import.run_once(self._points)
        if killed:
            self._shared.killed()
            self.imports_killed += 1
        else:
            self.imports_done += 1

    def _kill_at(self, point, passage):
        if point in crash_points.AFTER:
            self._kill_at(crash_points.AFTER[point], 1)
        outages = self._shared.outages
        reached = self.subject.kill_at(point, passage)
        self._shared.killed()
        if reached:
            self.reached[point] = self.reached.get(point, 0) + 1
            self._shared.reached.add(point)
        elif passage == 1 and outages == self._shared.outages and not self._shared.outage:
            self._tries[point] = self._tries.get(point, 0) + 1
