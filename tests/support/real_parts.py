"""What scripts that try the program on real parts are written with.

    from real_parts import RealParts

    with RealParts("versions", servers=("postgres", "kafka")) as parts:
        program = parts.start_program(SETTLE_QUIET="1s")
        parts.say("1. A study comes")
        parts.expect("it is acknowledged", send, file)
        parts.equals("it is told", 1, lambda: len(parts.events()), within=30)
        parts.expect("it ends within 30 s with exit code 0", program.stop, 30)
        parts.finish()

Each check prints a line, ok or FAIL, and what the last try said; `finish` prints the counts and ends with 1 when something
did not hold. Everything that was started is stopped and removed at the end; `keep=True` leaves the folder.

DMW_BINARY names the program; default build/release/dicom-middleware, built by ./run when it is not there.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from ports import free_port

SUPPORT = pathlib.Path(__file__).resolve().parent
ROOT = SUPPORT.parents[1]
SERVERS = SUPPORT / "servers"
MAKE_STUDY = ROOT / "examples/quickstart/make-study"
ALL_SERVERS = ("postgres", "orthanc", "kafka")
LINES_OF_A_FAILURE = 20
TRY_SECONDS = 0.1


class Wrong(Exception):
    """Why a check does not hold."""


def run(*command, status=0, timeout=120, **options):
    """What the command said, both streams; Wrong when it ends with another status; None: any will do."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, timeout=timeout, check=False, **options)  # fmt: skip
    if status is not None and done.returncode != status:
        raise Wrong(f"exit {done.returncode} of {' '.join(map(str, command))}\n{done.stdout}")
    return done


def ask(*command, timeout=120):
    """What the command writes, without its complaints."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, timeout=timeout, check=False)  # fmt: skip
    if done.returncode != 0:
        raise Wrong(f"exit {done.returncode} of {' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


def is_stopped(process):
    """By SIGSTOP."""
    return pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"


class Answer:
    """Of an HTTP server. True when it is a success."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __bool__(self):
        return 200 <= self.status < 300

    def __repr__(self):
        return f"{self.status} {self.headers}\n{self.body[:2000].decode(errors='replace')}"

    def json(self):
        return json.loads(self.body)


class Program:
    """The program in a folder of its own, with settings: `serve`, and commands."""

    def __init__(self, parts, folder, environment):
        self.folder = folder
        self.environment = environment
        self.port = int(environment["HTTP_PORT"])
        self.dimse_port = int(environment["DIMSE_PORT"])
        self.process = None
        self._parts = parts
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self, *options, **more):
        """A process of `serve`, which need not answer yet; `more` settings for this one."""
        with open(self._parts.log, "ab") as out:
            self.process = self._parts.spawn(self._parts.binary, "serve", *options, cwd=self.folder,
                                             env=self.environment | more, stdout=out, stderr=out)  # fmt: skip

    def start(self, *options, **more):
        """As begin; it answers."""
        self.begin(*options, **more)
        self._parts.require("the program does not answer", self.answers, within=60)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def http(self, path, body=None, method=None, timeout=60, **headers):
        """`headers`: names with _ in place of -. Answers of every status come back; Wrong when there is none."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=named)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())
        except OSError as error:
            raise Wrong(f"no answer to {path}: {error}") from error

    def get(self, path):
        """JSON; Wrong when it is no success."""
        answer = self.http(path)
        if not answer:
            raise Wrong(f"{path}: {answer}")
        return answer.json()

    def answers(self):
        return self.http("/health", timeout=5)

    def ready(self):
        return self.http("/ready").json()

    def part(self, name):
        """What /ready says of it."""
        return next(part for part in self.ready()["parts"] if part["name"] == name)

    def part_is(self, name, state):
        part = self.part(name)
        return part["state"] == state or explain(part)

    def command(self, *words, status=0, timeout=120, **more):
        """Another process of the program, in the same surroundings but for `more` settings; what it said."""
        return run(self._parts.binary, *words, status=status, timeout=timeout, cwd=self.folder, env=self.environment | more).stdout

    def begin_command(self, *words, log, **more):
        """Another process of the program, which goes on; `more` settings for it."""
        with open(log, "wb") as out:
            return self._parts.spawn(self._parts.binary, *words, cwd=self.folder, env=self.environment | more, stdout=out, stderr=out)

    def signal(self, number):
        self.process.send_signal(number)

    def is_stopped(self):
        return is_stopped(self.process)

    def stop(self, seconds):
        """SIGTERM: it ends by itself, with 0, in time."""
        self.process.terminate()
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired as slow:
            raise Wrong("it still runs") from slow
        if code != 0:
            raise Wrong(f"exit {code}")
        return True

    def kill(self):
        self.process.kill()
        self.process.wait()


def explain(said):
    """False in a check, with a reason."""
    raise Wrong(str(said))


class Mounts:
    """Folders for file systems in memory; all are unmounted at the end."""

    def __init__(self, *folders):
        self.folders = folders

    def __enter__(self):
        for folder in self.folders:
            folder.mkdir()
        return self

    def __exit__(self, *_):
        for folder in self.folders:
            subprocess.run(["umount", "--lazy", folder], check=False, stderr=subprocess.DEVNULL)

    def may_mount(self):
        with contextlib.suppress(Wrong):
            self.mount(self.folders[0], "16m")
            return run("umount", self.folders[0])
        return False

    @staticmethod
    def mount(folder, size):
        """`size` as tmpfs takes it."""
        return run("mount", "-t", "tmpfs", "-o", f"size={size}", "dmw-test", folder)


class RealParts:
    """A private folder with servers and programs in it. One thread."""

    def __init__(self, name, servers=ALL_SERVERS, orthanc_settings=(), kafka_settings=(), keep=False):
        self.name = name
        self.kinds = servers
        self.settings_of = {"orthanc": orthanc_settings, "kafka": kafka_settings}
        self.keep = keep
        self.program = None  # the last that was started
        self.database = self.orthanc = self.broker = ""
        self.where = {}  # what the servers tell
        self.binary = pathlib.Path(os.environ.get("DMW_BINARY", ROOT / "build/release/dicom-middleware")).resolve()
        self._processes = []
        self._held = self._broken = 0
        self._began = time.monotonic()

    @property
    def log(self):
        return self.folder / "serve.log"

    # ---- the folder and what runs in it

    def __enter__(self):
        if not os.access(self.binary, os.X_OK):
            subprocess.run([ROOT / "run", "version"], check=True)
        subprocess.run([ROOT / "tools/install-packages", "quickstart"], check=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"dmw-{self.name}."))
        # PostgreSQL, which does not run as root, has to come through.
        self.folder.chmod(0o755)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: sys.exit(130))
        try:
            if self.kinds:
                self.say(f"0. Servers in a private folder: {' '.join(self.kinds)}")
            for kind in self.kinds:
                self._start_server(kind)
            if self.kinds:
                self.note("  ".join(filter(None, (self.orthanc, self.broker, self.database.rpartition("@")[2]))))
        except BaseException:
            self._clean_up()
            raise
        return self

    def __exit__(self, *_):
        self._clean_up()

    def _start_server(self, kind):
        try:
            told = ask(SERVERS, "start", kind, self.folder / kind, *self.settings_of.get(kind, ()))
        except Wrong as wrong:
            self.give_up(f"{kind} does not start", wrong)
        self.where |= dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
        self.database = self.where.get("DMW_TEST_POSTGRES", "")
        self.orthanc = self.where.get("DMW_TEST_ORTHANC", "")
        self.broker = self.where.get("DMW_TEST_KAFKA", "")

    def server(self, act, kind):
        """stop, kill9, restart, freeze, thaw."""
        run(SERVERS, act, self.folder / kind)

    def spawn(self, *command, **options):
        """A process that ends with the folder."""
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, **options)
        self._processes.append(process)
        return process

    def environment(self, **settings):
        """Nothing of the caller's own settings."""
        all_of_them = {
            "PATH": os.environ["PATH"], "HOME": self.folder, "SETTLE_QUIET": "5s", "DISK_RESERVE_GIB": "1", "LOG_FORMAT": "text",
            "HTTP_PORT": free_port(), "DIMSE_PORT": free_port(),
        }  # fmt: skip
        if self.orthanc:
            all_of_them["ORTHANC_URL"] = self.orthanc
        if self.database:
            all_of_them["DATABASE_URL"] = self.database
        if self.broker:
            all_of_them |= {"KAFKA_BOOTSTRAP_SERVERS": self.broker, "KAFKA_CREATE_TOPICS": "true", "KAFKA_PARTITIONS": "4"}
        return {name: str(value) for name, value in (all_of_them | settings).items()}

    def installation(self, name="program", **settings):
        """The program in the folder of this name, not started; on the same ports as the one before."""
        if self.program:
            settings = {"HTTP_PORT": self.program.port, "DIMSE_PORT": self.program.dimse_port} | settings
        self.program = Program(self, self.folder / name, self.environment(**settings))
        return self.program

    def start_program(self, *options, name="program", **settings):
        """It answers."""
        program = self.installation(name, **settings)
        program.start(*options)
        return program

    def _clean_up(self):
        for process in self._processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        subprocess.run([SERVERS, "stop-all", self.folder], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if self.keep:
            self.note(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    # ---- telling

    def say(self, text):
        print(f"\n{text}", flush=True)

    def note(self, text):
        print(f"      {text}", flush=True)

    def expect(self, sentence, check, *arguments, within=0, **named):
        """Holds when the check is true, within so many seconds; a check says why not by raising Wrong."""
        try:
            self._until(lambda: check(*arguments, **named), within)
        except Wrong as wrong:
            self._broken += 1
            print(f"FAIL  {sentence}")
            for line in str(wrong).splitlines()[:LINES_OF_A_FAILURE]:
                print(f"      | {line}")
            sys.stdout.flush()
            return False
        self._held += 1
        print(f"ok    {sentence}", flush=True)
        return True

    def equals(self, sentence, wanted, told, *arguments, within=0):
        """Holds when what is told is what is wanted, within so many seconds."""

        def check():
            found = told(*arguments)
            if found != wanted:
                raise Wrong(f"told:   {found}\nwanted: {wanted}")
            return True

        return self.expect(sentence, check, within=within)

    @staticmethod
    def _until(check, seconds):
        """The last reason as Wrong."""
        end = time.monotonic() + seconds
        while True:
            try:
                said = check()
                if said:
                    return
                wrong = Wrong(f"it is {said!r}")
            except (Wrong, OSError, LookupError, ValueError, StopIteration, subprocess.SubprocessError) as error:
                wrong = error if isinstance(error, Wrong) else Wrong(f"{type(error).__name__}: {error}")
            if time.monotonic() >= end:
                raise wrong
            time.sleep(TRY_SECONDS)

    def require(self, text, check, *arguments, within=0):
        """Ends the script with this text unless the check is true in time."""
        try:
            self._until(lambda: check(*arguments), within)
        except Wrong as wrong:
            self.give_up(text, wrong)

    def give_up(self, text, why=""):
        print(f"FAIL  {text}")
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        for line in str(why).splitlines() + lines[-LINES_OF_A_FAILURE:]:
            print(f"      | {line}")
        sys.exit(1)

    def finish(self):
        print(f"\n{self._held} checks held, {self._broken} did not, {time.monotonic() - self._began:.0f} s", flush=True)
        sys.exit(1 if self._broken else 0)

    # ---- looking from outside, and sending

    def sql(self, statement, database=""):
        """The rows as psql prints them, columns separated by a blank."""
        return ask("psql", "-XAtq", "-F", " ", database or self.database, "-c", statement).rstrip("\n")

    def records(self, topic="dicom.metadata.v1"):
        """With key, headers and payload, as kcat -J prints them; none while there is no topic."""
        done = subprocess.run(["kcat", "-b", self.broker, "-C", "-t", topic, "-J", "-o", "beginning", "-e", "-q"],
                              capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
        return [json.loads(line) for line in done.stdout.splitlines()]

    def events(self, study=""):
        """The bodies of the events, of one study or of all, in the order in which they are on the topic."""
        bodies = [json.loads(record["payload"]) for record in self.records()]
        return [body for body in bodies if study in ("", body["study_instance_uid"])]

    def story(self, study):
        """Of each event of a study "received 1: 9/9 conflict": its type, revision, instances, those added, and flags."""
        return [
            f"{body['event_type'].removeprefix('study.')} {body['revision']}: {body['instance_count']}/{body['instances_added']} "
            f"{'+'.join(body['flags'])}".rstrip()
            for body in self.events(study)
        ]

    def logged(self, text):
        """How many lines of the program have this in them."""
        return sum(text in line for line in self.log.read_text(errors="replace").splitlines())

    def made(self, *options):
        """A folder with files of make-study, and the studies."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="made.", dir=self.folder))
        return folder, ask(MAKE_STUDY, folder, *options).split()

    def send_made(self, *options):
        """To Orthanc; the studies."""
        folder, studies = self.made(*options)
        run("storescu", "-nh", "-aec", "ORTHANC", "127.0.0.1", self.where["DMW_TEST_ORTHANC_DICOM_PORT"], "-xe", "+sd", folder)
        return studies

    def check_ledger(self, *options, storage=None, inbox=None):
        """Whether the checker finds nothing, in catalog, store, inbox and topic."""
        storage = storage or self.program.folder / "data/storage"
        catalog = ("--catalog", self.database) if self.database else ()
        return run(SUPPORT / "check-ledger", *catalog, "--store", storage, "--inbox", inbox or storage / "inbox",
                   "--kafka", self.broker, *options, timeout=300)  # fmt: skip


def dataset_digests(*paths):
    """SHA-256 of the data sets of these files and folders, sorted."""
    return ask(SUPPORT / "dataset-digests", *paths).split()
