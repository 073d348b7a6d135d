"""Everything comes again: what an Orthanc serves is asked for, what the doors acknowledged is sent by STOW-RS."""

import dataclasses
import json
import pathlib
import urllib.request
import uuid

PARTS = 50


@dataclasses.dataclass
class Sent:
    """What went out: triggers and the instances that Orthanc has for them, requests of STOW-RS and the instances in them."""

    triggers: int = 0
    served: int = 0
    requests: int = 0
    instances: int = 0


def ask_for_everything(orthanc, http, sent, away=()):
    """`away`: Study Instance UIDs that nobody asks for."""
    for study in orthanc.json("/studies?expand"):
        if study["MainDicomTags"].get("StudyInstanceUID") in away:
            continue
        body = json.dumps({"ID": study["ID"], "Path": "Study"}).encode()
        request = urllib.request.Request(f"{http}/api/v1/ingestion/studies", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30).read()
        sent.triggers += 1
    sent.served += sum(study not in away for study, _ in orthanc.instances().values())


def send_everything(folder, digests, http, sent):
    """`folder`: files under the digests of their datasets."""
    digests = sorted(digests)
    for at in range(0, len(digests), PARTS):
        boundary = uuid.uuid4().hex.encode()
        files = [pathlib.Path(folder, f"{digest}.dcm").read_bytes() for digest in digests[at : at + PARTS]]
        parts = [b"--" + boundary + b"\r\nContent-Type: application/dicom\r\n\r\n" + file + b"\r\n" for file in files]
        headers = {
            "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary.decode()}',
            "Accept": "application/dicom+json",
        }
        body = b"".join(parts) + b"--" + boundary + b"--\r\n"
        urllib.request.urlopen(urllib.request.Request(f"{http}/dicom-web/studies", body, headers), timeout=60).read()
        sent.requests += 1
        sent.instances += len(files)
