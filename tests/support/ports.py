"""Free TCP ports of this machine."""

import random
import socket


def is_free(port):
    """Also when connections of a program before are still closing on it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def free_port():
    """Below the range of outgoing connections, as tests/support/servers does."""
    while True:
        port = random.SystemRandom().randrange(20000, 30000)
        if is_free(port):
            return port
