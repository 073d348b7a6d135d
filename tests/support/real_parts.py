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

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from checks import Checks
from commands import MAKE_STUDY, ROOT, SERVERS, SUPPORT, Wrong, ask, run
from ports import free_port
from program import Program

ALL_SERVERS = ("postgres", "orthanc", "kafka")


class RealParts(Checks):
    """A private folder with servers and programs in it. One thread."""

    def __init__(self, name, servers=ALL_SERVERS, keep=False):
        super().__init__()
        self.name = name
        self.kinds = servers
        self.keep = keep
        self.program = None  # the last that was started
        self.database = self.orthanc = self.broker = ""
        self.where = {}  # what the servers tell
        self.binary = pathlib.Path(os.environ.get("DMW_BINARY", ROOT / "build/release/dicom-middleware")).resolve()
        self._processes = []

    @property
    def log(self):
        return self.folder / "serve.log"

    def last_words(self):
        return self.log.read_text(errors="replace").splitlines() if self.log.exists() else []

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
                self.start_server(kind)
            if self.kinds:
                self.note("  ".join(filter(None, (self.orthanc, self.broker, self.database.rpartition("@")[2]))))
        except BaseException:
            self._clean_up()
            raise
        return self

    def __exit__(self, *_):
        self._clean_up()

    def start_server(self, kind, **settings):
        """The one of its kind that programs of this script use; `settings`: as further_server."""
        self.where |= self.further_server(kind, kind, **settings)
        self.database = self.where.get("DMW_TEST_POSTGRES", "")
        self.orthanc = self.where.get("DMW_TEST_ORTHANC", "")
        self.broker = self.where.get("DMW_TEST_KAFKA", "")

    def further_server(self, kind, name, **settings):
        """Starts a server in the folder of this name; what it tells, such as {"DMW_TEST_KAFKA": "127.0.0.1:9092"}. `settings`:
        as tests/support/servers takes them."""
        pairs = (f"{key}={value}" for key, value in settings.items())
        try:
            told = ask(SERVERS, "start", kind, self.folder / name, *pairs)
        except Wrong as wrong:
            self.give_up(f"{kind} does not start", wrong)
        return dict(line.split("=", 1) for line in told.splitlines() if "=" in line)

    def server(self, act, name):
        """stop, kill9, restart, freeze, thaw; the script ends when the server does not obey. `name`: its folder's."""
        self.require(f"{act} of {name} failed", run, SERVERS, act, self.folder / name)

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

    # ---- looking from outside, and sending

    def sql(self, statement, database=""):
        """The rows as psql prints them, columns separated by a blank."""
        return ask("psql", "-XAtq", "-F", " ", database or self.database, "-c", statement).rstrip("\n")

    def records(self, topic="dicom.metadata.v1", broker=""):
        """With key, headers and payload, as kcat -J prints them; none while there is no topic. `broker`: default the first."""
        client = self.folder / "kafka/client.properties"
        done = subprocess.run(["kcat", "-F", client, "-b", broker or self.broker, "-C", "-t", topic, "-J", "-o", "beginning", "-e", "-q"],
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
        self.send_to(self.where, folder)
        return studies

    @staticmethod
    def send_to(orthanc, folder):
        """The files of a folder to the Orthanc that tells this of itself."""
        run("storescu", "-nh", "-aec", "ORTHANC", "127.0.0.1", orthanc["DMW_TEST_ORTHANC_DICOM_PORT"], "-xe", "+sd", folder)

    def check_ledger(self, *options, storage=None, inbox=None):
        """Whether the checker finds nothing, in catalog, store, inbox and topic."""
        storage = storage or self.program.folder / "data/storage"
        catalog = ("--catalog", self.database) if self.database else ()
        return run(SUPPORT / "check-ledger", *catalog, "--store", storage, "--inbox", inbox or storage / "inbox",
                   "--kafka", self.broker, *options, timeout=300)  # fmt: skip
