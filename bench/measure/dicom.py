"""Files as scanners make them: `small` is 69 kB, `ct` is 528 kB (512 x 512 at 16 bits). PS3.5 §7.1, PS3.10 §7.1.

Pixels are made once a process; a file differs from the next in its UIDs and its number. UIDs are of the UUID root (PS3.5
§B.2).
"""

import dataclasses
import functools
import pathlib
import random
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/support"))
# pylint: disable=wrong-import-position
from dicom_file import CT, element, elements, meta, new_uid

SIDES = {"small": 184, "ct": 512}


@functools.cache
def pixels(kind):
    """Noise of 6 bits on a slope of 12: it compresses about as well as a real slice."""
    side = SIDES[kind]
    dice = random.Random(side)
    noise = dice.randbytes(side * side)
    values = (16 * (row // 4) + (noise[row * side + column] & 63) for row in range(side) for column in range(side))
    return element(0x7FE00010, "OW", struct.pack(f"<{side * side}H", *values))


@functools.cache
def constant_parts(kind):
    side = SIDES[kind]
    equipment = elements(
        (0x00080060, "CS", "CT"),
        (0x00080070, "LO", "Bench"),
        (0x00080080, "LO", "Bench Hospital"),
        (0x00081030, "LO", "CHEST W CONTRAST"),
        (0x0008103E, "LO", "AX 1.0 B30f"),
        (0x00081090, "LO", "Generator"),
    )
    acquisition = elements(
        (0x00180015, "CS", "CHEST"),
        (0x00180050, "DS", "1.0"),
        (0x00180060, "DS", "120"),
        (0x00181030, "LO", "Chest"),
        (0x00185100, "CS", "HFS"),
    )
    image = elements(
        (0x00280002, "US", 1),
        (0x00280004, "CS", "MONOCHROME2"),
        (0x00280010, "US", side),
        (0x00280011, "US", side),
        (0x00280030, "DS", "0.7\\0.7"),
        (0x00280100, "US", 16),
        (0x00280101, "US", 12),
        (0x00280102, "US", 11),
        (0x00280103, "US", 0),
        (0x00281052, "DS", "-1024"),
        (0x00281053, "DS", "1"),
    )
    return equipment, acquisition, image + pixels(kind)


def part10(kind, study, series, sop, number):
    equipment, acquisition, image = constant_parts(kind)
    patient = study[-8:]
    identity = elements(
        (0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        (0x00080016, "UI", CT),
        (0x00080018, "UI", sop),
        (0x00080020, "DA", "20260105"),
        (0x00080030, "TM", "120000"),
        (0x00080050, "SH", "A" + patient),
    )
    patient_module = elements((0x00100010, "PN", "Bench^" + patient), (0x00100020, "LO", "P" + patient))
    place = elements(
        (0x0020000D, "UI", study),
        (0x0020000E, "UI", series),
        (0x00200010, "SH", "1"),
        (0x00200011, "IS", "1"),
        (0x00200013, "IS", str(number)),
        (0x00200032, "DS", f"-180\\-180\\{number}"),
        (0x00200037, "DS", "1\\0\\0\\0\\1\\0"),
    )
    return b"".join((meta(sop), identity, equipment, patient_module, acquisition, place, image))


@dataclasses.dataclass
class Study:
    """One series of `count` files of a kind."""

    kind: str
    count: int
    uid: str = dataclasses.field(default_factory=new_uid)
    series: str = dataclasses.field(default_factory=new_uid)

    def files(self):
        for number in range(1, self.count + 1):
            yield part10(self.kind, self.uid, self.series, new_uid(), number)
