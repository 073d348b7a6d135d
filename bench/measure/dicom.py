"""Files as scanners make them: `small` is 69 kB, `ct` is 528 kB (512 x 512 at 16 bits). PS3.5 §7.1, PS3.10 §7.1.

Pixels are made once a process; a file differs from the next in its UIDs and its number. UIDs are of the UUID root (PS3.5
§B.2).
"""

import dataclasses
import functools
import random
import struct
import uuid

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
SIDES = {"small": 184, "ct": 512}


def new_uid():
    return f"2.25.{uuid.uuid4().int}"


def element(group, number, vr, value):
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, int):
        value = struct.pack("<H", value)
    if len(value) % 2:
        value += b"\0" if vr == "UI" else b" "
    tag = struct.pack("<HH", group, number) + vr.encode()
    if vr in ("OB", "OW"):
        return tag + struct.pack("<HI", 0, len(value)) + value
    return tag + struct.pack("<H", len(value)) + value


@functools.cache
def pixels(kind):
    """Noise of 6 bits on a slope of 12: it compresses about as well as a real slice."""
    side = SIDES[kind]
    dice = random.Random(side)
    noise = dice.randbytes(side * side)
    values = (16 * (row // 4) + (noise[row * side + column] & 63) for row in range(side) for column in range(side))
    return element(0x7FE0, 0x10, "OW", struct.pack(f"<{side * side}H", *values))


@functools.cache
def constant_parts(kind):
    side = SIDES[kind]
    equipment = b"".join(
        (
            element(8, 0x60, "CS", "CT"),
            element(8, 0x70, "LO", "Bench"),
            element(8, 0x80, "LO", "Bench Hospital"),
            element(8, 0x1030, "LO", "CHEST W CONTRAST"),
            element(8, 0x103E, "LO", "AX 1.0 B30f"),
            element(8, 0x1090, "LO", "Generator"),
        )
    )
    acquisition = b"".join(
        (
            element(0x18, 0x15, "CS", "CHEST"),
            element(0x18, 0x50, "DS", "1.0"),
            element(0x18, 0x60, "DS", "120"),
            element(0x18, 0x1030, "LO", "Chest"),
            element(0x18, 0x5100, "CS", "HFS"),
        )
    )
    image = b"".join(
        (
            element(0x28, 0x02, "US", 1),
            element(0x28, 0x04, "CS", "MONOCHROME2"),
            element(0x28, 0x10, "US", side),
            element(0x28, 0x11, "US", side),
            element(0x28, 0x30, "DS", "0.7\\0.7"),
            element(0x28, 0x100, "US", 16),
            element(0x28, 0x101, "US", 12),
            element(0x28, 0x102, "US", 11),
            element(0x28, 0x103, "US", 0),
            element(0x28, 0x1052, "DS", "-1024"),
            element(0x28, 0x1053, "DS", "1"),
            pixels(kind),
        )
    )
    return equipment, acquisition, image


def part10(kind, study, series, sop, number):
    equipment, acquisition, image = constant_parts(kind)
    patient = study[-8:]
    rest = (
        element(2, 0x01, "OB", b"\0\1")
        + element(2, 0x02, "UI", CT)
        + element(2, 0x03, "UI", sop)
        + element(2, 0x10, "UI", EXPLICIT_LITTLE_ENDIAN)
        + element(2, 0x12, "UI", "2.25.329800735698586629295641978511506172918")
    )
    return b"".join(
        (
            bytes(128) + b"DICM" + element(2, 0, "UL", struct.pack("<I", len(rest))) + rest,
            element(8, 0x08, "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
            element(8, 0x16, "UI", CT),
            element(8, 0x18, "UI", sop),
            element(8, 0x20, "DA", "20260105"),
            element(8, 0x30, "TM", "120000"),
            element(8, 0x50, "SH", "A" + patient),
            equipment,
            element(0x10, 0x10, "PN", "Bench^" + patient),
            element(0x10, 0x20, "LO", "P" + patient),
            acquisition,
            element(0x20, 0x0D, "UI", study),
            element(0x20, 0x0E, "UI", series),
            element(0x20, 0x10, "SH", "1"),
            element(0x20, 0x11, "IS", "1"),
            element(0x20, 0x13, "IS", str(number)),
            element(0x20, 0x32, "DS", f"-180\\-180\\{number}"),
            element(0x20, 0x37, "DS", "1\\0\\0\\0\\1\\0"),
            image,
        )
    )


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
