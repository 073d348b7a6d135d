"""Real senders to a program: each returns once all of it is acknowledged, or raises Wrong."""

import pathlib
import shutil
import tempfile
import time
import uuid

from commands import SUPPORT, Wrong, run


def storescu(program, *files, syntax="-xe"):
    """DCMTK's; `syntax` as it is proposed: -xe explicit, -xi implicit little endian."""
    return run("storescu", syntax, "-aet", "SCU", "-aec", "DMW", "127.0.0.1", program.dimse_port, *files)


def dcmsend(program, *files):
    return run("dcmsend", "-dn", "-aet", "SEND", "-aec", "DMW", "127.0.0.1", program.dimse_port, *files)


def raw_storescu(program, dataset, sop, agreed):
    """These bytes as a data set in the transfer syntax `agreed`: status and comment, as tests/support/raw-storescu prints them."""
    return run(SUPPORT / "raw-storescu", program.dimse_port, "DMW", agreed, sop, dataset).stdout


def post_stow(program, *files):
    """The answer to one STOW-RS request, of whatever status."""
    boundary = uuid.uuid4().hex
    parts = [b"--%s\r\nContent-Type: application/dicom\r\n\r\n%s\r\n" % (boundary.encode(), file.read_bytes()) for file in files]
    return program.http("/dicom-web/studies", b"".join(parts) + b"--%s--\r\n" % boundary.encode(), "POST",
                        Content_Type=f'multipart/related; type="application/dicom"; boundary={boundary}',
                        Accept="application/dicom+json")  # fmt: skip


def stow(program, *files):
    answer = post_stow(program, *files)
    if answer.status != 200:
        raise Wrong(answer)
    return answer


def post_upload(program, file):
    """The answer to one file by itself, of whatever status."""
    return program.http("/api/v1/instances", file.read_bytes(), "POST", Content_Type="application/dicom")


def watched_folder(watched, *files, seconds=60):
    """Into a new folder below it, each under its name once it is whole; until the program has moved all away."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="of.", dir=watched))
    for file in files:
        part = folder / f"{file.name}.part"
        shutil.copy(file, part)
        part.rename(folder / file.name)
    end = time.monotonic() + seconds
    while has_files(folder):
        if time.monotonic() > end:
            raise Wrong(f"still in the watched folder: {[path.name for path in folder.rglob('*')]}")
        time.sleep(0.05)
    return folder


def import_files(program, *files):
    return program.command("import", "--url", program.url, *files)


def has_files(folder):
    return any(path.is_file() for path in pathlib.Path(folder).rglob("*"))
