"""P19: what one Orthanc or one Kafka cluster costs when it is dead, silent or slow, at the rate of a healthy one beside it."""

import contextlib
import itertools
import socket
import threading

from measure import dicom, fetching, outbox
from measure.report import Figure
from measure.world import free_port

GOAL = "0.9x"


def p19(there, short):
    """The healthy one alone is the peer: the same work, in turns."""
    return orthancs(there, short) + clusters(there, short)


@contextlib.contextmanager
def silent_server():
    """Accepts connections, reads what comes, and never answers."""
    open_ones = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    open_ones.append(server.accept()[0])

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    for connection in open_ones:
        connection.close()


def orthancs(there, short):
    """Files a second from a healthy Orthanc: a program that has only this one, and programs that have a bad one too."""
    count, rounds = (200, 1) if short else (1000, 5)
    rates = {}
    with there.orthanc() as healthy, silent_server() as silent, contextlib.ExitStack() as programs:
        bad = {"alone": "", "dead": f"http://127.0.0.1:{free_port()}", "silent": f"http://127.0.0.1:{silent}"}
        gateways = {
            name: programs.enter_context(
                there.gateway(f'[orthanc.bad]\nurl = "{url}"\n' if url else "", ORTHANC_URL=healthy.url, **fetching.TRIGGER_ONLY)
            )
            for name, url in bad.items()
        }
        orders = itertools.cycle(itertools.permutations(gateways))
        for turn in range(rounds + 1):
            (study,), _ = healthy.upload([dicom.Study("small", count)])
            for name in next(orders):
                rate = count / gateways[name].trigger(study)
                if turn > 0 or short:
                    rates.setdefault(name, []).append(rate)
    return [
        Figure("P19", f"fetch of {count} small beside a {name} Orthanc", "/s", rates[name], rates["alone"], "alone", GOAL)
        for name in ("dead", "silent")
    ]


def clusters(there, short):
    """Events a second to a healthy Kafka, of a log that is full, beside a cluster that is dead."""
    studies, wanted, rounds = (10, 2_000, 1) if short else (200, 50_000, 3)
    beside, alone = [], []
    for _ in range(rounds):
        section = f'[kafka.bad]\nbootstrap_servers = "127.0.0.1:{free_port()}"\npolicy = "best_effort"\n'
        beside.append(outbox.drain(there, studies, wanted, section)[0])
        alone.append(outbox.drain(there, studies, wanted)[0])
    return [Figure("P19", f"drain of {wanted:,} events beside a dead Kafka", "events/s", beside, alone, "alone", GOAL)]
