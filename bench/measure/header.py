"""P10: from a header in memory to typed fields, beside DCMTK."""

import os
import re
import subprocess

from measure import dicom
from measure.report import Figure
from measure.world import Failed

SUM = re.compile(r"^all .*?(\d+) files\s+ours\s+([\d.]+) us\s+DCMTK\s+([\d.]+) us\s+ratio\s+([\d.]+)", re.MULTILINE)

FILES = 300
FILES_SHORT = 20


def p10(there, short):
    """The files of DMW_CORPUS, where it is set, and generated ones elsewhere."""
    corpus = os.environ.get("DMW_CORPUS")
    files = []
    if corpus:
        found = (os.path.join(folder, name) for folder, _, names in os.walk(corpus) for name in names)
        every = sorted(path for path in found if is_dicom(path))
        # Spread over the folder: each file takes a third of a second.
        files = every[:: max(1, len(every) // (FILES_SHORT if short else FILES))]
    if not files:
        for kind in dicom.SIDES:
            files.append(str(there.folder / f"{kind}.dcm"))
            with open(files[-1], "wb") as file:
                file.write(next(dicom.Study(kind, 1).files()))
    program = there.programs / "header/header_bench"
    said = subprocess.run([program, *files], capture_output=True, text=True, check=False)
    found = SUM.search(said.stdout)
    if said.returncode or not found:
        raise Failed(f"header_bench ended with {said.returncode}: {said.stdout}{said.stderr}")
    count, ours, peer, ratio = found.groups()
    return [Figure("P10", f"header to fields, {count} files, mean", "us", [float(ours)], [float(peer)], "DCMTK", "20x", False,
                   {"geometric_mean_of_ratios": float(ratio), "by_transfer_syntax": said.stdout.splitlines()}),
            Figure("P10", "the same, geometric mean of each file's ratio", "times", [float(ratio)], goal="20 times")]


def is_dicom(path):
    with open(path, "rb") as file:
        return file.read(132)[128:] == b"DICM"
