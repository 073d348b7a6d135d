"""Small DICOM files, written element by element: PS3.5 §7.1 explicit little endian, PS3.10 §7.1."""

import struct

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
# An arbitrary root made of a UUID (PS3.5 §B.2).
ROOT = "2.25.208465321764389213"


def element(group, number, vr, value):
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, int):
        value = struct.pack("<H", value)
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB", "OW") else b" "
    tag = struct.pack("<HH", group, number) + vr.encode()
    if vr in ("OB", "OW", "SQ", "UN"):
        return tag + struct.pack("<HI", 0, len(value)) + value
    return tag + struct.pack("<H", len(value)) + value


def meta(sop_uid):
    rest = (
        element(2, 0x01, "OB", b"\0\1")
        + element(2, 0x02, "UI", CT)
        + element(2, 0x03, "UI", sop_uid)
        + element(2, 0x10, "UI", EXPLICIT_LITTLE_ENDIAN)
        + element(2, 0x12, "UI", ROOT + ".1")
    )
    return bytes(128) + b"DICM" + element(2, 0, "UL", struct.pack("<I", len(rest))) + rest


def dataset(study, series, sop_uid, number, pixels, padding=0, patient=None):
    """`study` and `series` are UIDs; `pixels` fills a square of bytes; `padding` is a number of private values of 60 kB; without
    a `patient` each study has its own."""
    side = int(len(pixels) ** 0.5)
    parts = [
        element(8, 0x16, "UI", CT),
        element(8, 0x18, "UI", sop_uid),
        element(8, 0x20, "DA", "20260105"),
        element(8, 0x50, "SH", study[-12:]),
        element(8, 0x60, "CS", "CT"),
        element(8, 0x1030, "LO", "Crash test"),
        element(0x10, 0x10, "PN", "Test^" + study[-6:]),
        element(0x10, 0x20, "LO", patient or "P" + study[-6:]),
    ]
    if padding:
        parts.append(element(0x11, 0x10, "LO", "PADDING"))
        parts += [element(0x11, 0x1000 + index, "OB", bytes(60_000)) for index in range(padding)]
    parts += [
        element(0x20, 0x0D, "UI", study),
        element(0x20, 0x0E, "UI", series),
        element(0x20, 0x11, "IS", series.rsplit(".", 1)[1]),
        element(0x20, 0x13, "IS", str(number)),
        element(0x28, 0x02, "US", 1),
        element(0x28, 0x04, "CS", "MONOCHROME2"),
        element(0x28, 0x10, "US", side),
        element(0x28, 0x11, "US", side),
        element(0x28, 0x100, "US", 8),
        element(0x28, 0x101, "US", 8),
        element(0x28, 0x102, "US", 7),
        element(0x28, 0x103, "US", 0),
        element(0x7FE0, 0x10, "OB", pixels),
    ]
    return b"".join(parts)
