"""The program as a script sees it: its processes, its commands, its HTTP."""

import json
import subprocess
import urllib.error
import urllib.request

from commands import Wrong, explain, is_stopped, run


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
