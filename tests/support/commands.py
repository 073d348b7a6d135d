"""Other programs, started from a script and waited for."""

import contextlib
import pathlib
import subprocess

SUPPORT = pathlib.Path(__file__).resolve().parent
ROOT = SUPPORT.parents[1]
SERVERS = SUPPORT / "servers"
MAKE_STUDY = ROOT / "examples/quickstart/make-study"


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


def dataset_digests(*paths):
    """SHA-256 of the data sets of these files and folders, sorted."""
    return ask(SUPPORT / "dataset-digests", *paths).split()
