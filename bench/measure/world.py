"""The parts that a measurement runs on: real servers, our program, and files in Orthanc."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
# pylint: disable=wrong-import-position
from ports import free_port

SERVERS = ROOT / "tests/support/servers"
UPLOAD_CONNECTIONS = 4
JSON = {"Content-Type": "application/json"}
KEPT_FREE_BYTES = 20 << 30
# Debian's DCMTK leaves Nagle's algorithm on: in a comparison it must be off.
FAST_DCMTK = {"TCP_NODELAY": "1"}
RECORDED = r'^dicom_middleware_instances_total\{.*source="%s".*\} (\S+)$'


class Failed(Exception):
    """The run broke; a slow figure is no failure."""


def wait_until(what, check, seconds=120.0, pause=0.01):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = check()
        if found:
            return found
        time.sleep(pause)
    raise Failed(f"not within {seconds:.0f} s: {what}")


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Peer:
    """A keep-alive connection for JSON."""

    def __init__(self, url, timeout=120):
        self._address = urllib.parse.urlsplit(url)
        self._timeout = timeout
        self._connection = None

    def call(self, method, path, body=None, headers=None):
        """The status and the body, as JSON where it is any."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._address.hostname, self._address.port, timeout=self._timeout)
        try:
            self._connection.request(method, path, body, headers or {})
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self._connection = None
            raise
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.status, json.loads(text) if is_json and text else text

    def get(self, path):
        status, body = self.call("GET", path)
        if status != 200:
            raise Failed(f"GET {path} gave {status}")
        return body


class Orthanc:
    def __init__(self, url, dicom_port):
        self.url = url
        self.dicom_port = dicom_port
        self.port = urllib.parse.urlsplit(url).port
        self._local = threading.local()

    def _peer(self):
        if not hasattr(self._local, "peer"):
            self._local.peer = Peer(self.url)
        return self._local.peer

    def _post(self, data):
        status, answer = self._peer().call("POST", "/instances", data)
        if status != 200:
            raise Failed(f"Orthanc refused a file with {status}")
        return answer["ParentStudy"], answer["ID"]

    def upload(self, studies):
        """Orthanc's ids of the studies and of all their instances."""
        with concurrent.futures.ThreadPoolExecutor(UPLOAD_CONNECTIONS) as pool:
            waiting, study_ids, instance_ids = set(), {}, []
            for data in (data for study in studies for data in study.files()):
                if len(waiting) >= 2 * UPLOAD_CONNECTIONS:
                    done, waiting = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
                    self._note(done, study_ids, instance_ids)
                waiting.add(pool.submit(self._post, data))
            self._note(waiting, study_ids, instance_ids)
        return list(study_ids), instance_ids

    @staticmethod
    def _note(futures, study_ids, instance_ids):
        for future in futures:
            study, instance = future.result()
            study_ids[study] = True
            instance_ids.append(instance)

    def wait_stable(self, studies):
        """Until Orthanc has called so many studies stable."""
        peer = self._peer()

        def stable():
            seen, since = 0, 0
            while True:
                page = peer.get(f"/changes?limit=1000&since={since}")
                seen += sum(change["ChangeType"] == "StableStudy" for change in page["Changes"])
                since = page["Last"]
                if page["Done"]:
                    return seen >= studies

        wait_until(f"{studies} stable studies in Orthanc", stable, pause=0.5)


class Gateway:
    """Our program, with an empty folder of its own. `sections`: the text of its dicom-middleware.toml."""

    def __init__(self, binary, folder, settings, sections=""):
        self.port = free_port()
        self.dicom_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "dicom-middleware.toml").write_text(sections)
        self.peer = Peer(self.url)
        self.started_at = 0.0
        self.ready_seconds = 0.0
        self._binary = str(binary)
        self._process = None
        self._environment = {
            "PATH": os.environ["PATH"],
            "HTTP_PORT": str(self.port),
            "DIMSE_PORT": str(self.dicom_port),
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "WARNING",
            "DISK_RESERVE_GIB": "1",
            **settings,
        }

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.started_at = time.monotonic()
            self._process = subprocess.Popen(
                [self._binary, "serve"], cwd=self.folder, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_until(f"/ready of {self.folder.name}; its log: {self.last_words()}", self._ready, pause=0.001)
        self.ready_seconds = time.monotonic() - self.started_at

    def _ready(self):
        if self._process.poll() is not None:
            raise Failed(f"the program ended with {self._process.returncode}: {self.last_words()}")
        try:
            return self.peer.call("GET", "/ready")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def last_words(self):
        log = self.folder / "log"
        return " / ".join(log.read_text(errors="replace").splitlines()[-3:]) if log.exists() else ""

    def memory_mib(self, key):
        """VmRSS now, VmHWM at most so far."""
        for line in pathlib.Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1]) / 1024
        raise Failed(f"no {key} of the program")

    def cpu_seconds(self):
        words = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def recorded(self, source):
        """Instances of a source that are in the catalog, in this life of the program."""
        counts = re.findall(RECORDED % source, self.peer.get("/metrics").decode(), re.M)
        return int(sum(map(float, counts)))

    def trigger(self, study_id, wait_seconds=120):
        """Seconds until it said that the study is published; recorded, where no broker is configured."""
        begin = time.monotonic()
        body = json.dumps({"ID": study_id, "Path": "Study"})
        headers = {**JSON, "Prefer": f"wait={wait_seconds}"}
        status, answer = self.peer.call("POST", "/api/v1/ingestion/studies", body, headers)
        spent = time.monotonic() - begin
        if status != 200:
            raise Failed(f"the trigger was answered {status}: {answer}; {self.last_words()}")
        return spent

    def stop(self):
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


class Consumer:
    """An independent reader of a topic: when each message arrived here, and its key."""

    def __init__(self, broker, topic):
        self.arrivals = []
        self._process = subprocess.Popen(
            ["kcat", "-C", "-q", "-u", "-b", broker, "-t", topic, "-o", "beginning", "-f", "%T %k\n"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self._process.stdout:
            broker_ms, key = line.split()
            self.arrivals.append((time.monotonic(), int(broker_ms), key))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._thread.join()


class World:
    """Servers in a private folder; gone when it closes."""

    def __init__(self, binary, programs):
        self.binary = binary
        self.programs = programs
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dmw-bench."))
        # PostgreSQL drops root's rights and must be able to pass.
        self.folder.chmod(0o755)
        self._count = 0
        self._done_with = []

    def _name(self, kind):
        self._count += 1
        return str(self.folder / f"{kind}-{self._count}")

    def _done(self, folder):
        """Files stay until the end, as long as the disk has room: what was just removed slows the next files down."""
        self._done_with.append(folder)
        if shutil.disk_usage(self.folder).free > KEPT_FREE_BYTES:
            return
        for old in self._done_with:
            shutil.rmtree(old, ignore_errors=True)
        self._done_with.clear()

    def new_folder(self, kind):
        folder = self._name(kind)
        os.mkdir(folder)
        return folder

    @contextlib.contextmanager
    def server(self, kind, *settings, **environment):
        """Gives its folder and what tests/support/servers says of it."""
        folder = self._name(kind)
        command = [SERVERS, "start", kind, folder, *settings]
        said = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
        if said.returncode:
            raise Failed(f"{kind} did not start: {said.stderr.strip()}")
        try:
            yield folder, dict(line.split("=", 1) for line in said.stdout.splitlines())
        finally:
            self.control("kill9", folder)
            self._done(folder)

    @staticmethod
    def control(command, folder):
        subprocess.run([SERVERS, command, folder], check=False, capture_output=True)

    @contextlib.contextmanager
    def postgres(self):
        with self.server("postgres") as (_, said):
            yield said["DMW_TEST_POSTGRES"]

    @contextlib.contextmanager
    def orthanc(self, **environment):
        with self.server("orthanc", **environment) as (_, said):
            yield Orthanc(said["DMW_TEST_ORTHANC"], int(said["DMW_TEST_ORTHANC_DICOM_PORT"]))

    @contextlib.contextmanager
    def storescp(self):
        """DCMTK's receiver: a process an association, never an fsync. Gives its port."""
        port = free_port()
        command = ["storescp", "--fork", "+B", "-pdu", "131072", "-od", self.new_folder("storescp"), str(port)]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **FAST_DCMTK}, start_new_session=True
        )
        try:
            wait_until("storescp", lambda: is_open(port))
            yield port
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    @contextlib.contextmanager
    def kafka(self):
        """The folder and the address; absent topics are made by who asks for them."""
        with self.server("kafka", "num.partitions=12") as (folder, said):
            yield folder, said["DMW_TEST_KAFKA"]

    @contextlib.contextmanager
    def gateway(self, sections="", **settings):
        folder = self._name("gateway")
        with Gateway(self.binary, folder, settings, sections) as gateway:
            yield gateway
        self._done(folder)

    def gateway_not_started(self, sections="", **settings):
        return Gateway(self.binary, self._name("gateway"), settings, sections)

    def run(self, program, *arguments):
        """The JSON object that one of our small programs prints."""
        command = [str(self.programs / program), *map(str, arguments)]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        if said.returncode:
            raise Failed(f"{' '.join(command)} ended with {said.returncode}: {said.stdout}{said.stderr}")
        return json.loads(said.stdout)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def make_topic(broker, topic):
    """The broker makes an absent topic when a producer asks for it."""
    command = ["kcat", "-L", "-b", broker, "-t", topic, "-J"]

    def there():
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        topics = json.loads(said.stdout or "{}").get("topics", [])
        return any(len(entry["partitions"]) > 0 and "error" not in entry for entry in topics)

    wait_until(f"topic {topic}", there, pause=0.1)


def warm_up(broker, messages=20_000):
    """So that the broker's machine code is compiled, as that of every broker that has run for some minutes."""
    topic = "bench.warm"
    make_topic(broker, topic)
    lines = "".join(f"{n}:{'x' * 1000}\n" for n in range(messages))
    say = ["kcat", "-P", "-b", broker, "-t", topic, "-K:", "-X", "enable.idempotence=true", "-X", "batch.num.messages=10", "-X", "linger.ms=1"]
    subprocess.run(say, input=lines, text=True, check=True)
    hear = ["kcat", "-C", "-q", "-e", "-b", broker, "-t", topic, "-o", "beginning"]
    subprocess.run(hear, stdout=subprocess.DEVNULL, check=True)


def sql(url, statement):
    command = ["psql", "-XAtq", url, "-v", "ON_ERROR_STOP=1", "-c", statement]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode:
        raise Failed(f"psql: {said.stderr.strip()}")
    return said.stdout.strip()
