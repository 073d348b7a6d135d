"""Free TCP ports of this machine. As a program it prints one: the scripts in shell ask it.

A port that was given out is nobody else's for two hours, though nothing listens on it yet, or its server is down for a
restart: tests run side by side, and each one takes its ports long before it uses them. The marks are empty files in the
folder for temporary files, which ./test makes for one run.
"""

import contextlib
import os
import pathlib
import random
import socket
import tempfile
import time

PORTS = 10_000
MARK_SECONDS = 2 * 3600


def is_free(port):
    """Also when connections of a program before are still closing on it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def _first():
    """The range ends below the ports that the kernel gives to outgoing connections, which nobody can mark."""
    lowest_outgoing = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    return max(min(20_000, lowest_outgoing - PORTS), 1_024)


def _is_marked(mark):
    """Marks it for the caller unless it is somebody else's."""
    with contextlib.suppress(FileNotFoundError):
        if time.time() - mark.stat().st_mtime > MARK_SECONDS:
            mark.unlink()
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return True
    return False


def free_port():
    marks = pathlib.Path(tempfile.gettempdir(), f"dmw-ports.{os.getuid()}")
    marks.mkdir(exist_ok=True)
    first = _first()
    while True:
        port = random.SystemRandom().randrange(first, first + PORTS)
        if is_free(port) and not _is_marked(marks / str(port)):
            return port


if __name__ == "__main__":
    print(free_port())
