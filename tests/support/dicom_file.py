"""DICOM files of the tests, written element by element: PS3.5 §7.1 explicit little endian, PS3.10 §7.1."""

import struct
import uuid

CT = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
# An arbitrary root made of a UUID (PS3.5 §B.2).
ROOT = "2.25.208465321764389213"
LONG_VRS = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")


def new_uid():
    return f"2.25.{uuid.uuid4().int}"


def element(tag, vr, value):
    """`value`: text, a number of 16 bits, or bytes; padded to an even length as its VR wants it (PS3.5 §6.2)."""
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, int):
        value = struct.pack("<H", value)
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB", "OW", "UN") else b" "
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    if vr in LONG_VRS:
        return head + struct.pack("<HI", 0, len(value)) + value
    return head + struct.pack("<H", len(value)) + value


def elements(*each):
    """Of (tag, vr, value)."""
    return b"".join(element(*one) for one in each)


def head(*of_meta):
    """What stands before the data set of a file: preamble, mark, and these elements behind their group length."""
    rest = elements(*of_meta)
    return bytes(128) + b"DICM" + element(0x00020000, "UL", struct.pack("<I", len(rest))) + rest


def meta(sop_uid, sop_class=CT, transfer_syntax=EXPLICIT_LITTLE_ENDIAN):
    """The head that a file should have."""
    return head(
        (0x00020001, "OB", b"\0\1"),
        (0x00020002, "UI", sop_class),
        (0x00020003, "UI", sop_uid),
        (0x00020010, "UI", transfer_syntax),
        (0x00020012, "UI", ROOT + ".1"),
    )


def dataset_offset(file):
    """Behind the meta of a file, as its group length bounds it."""
    return 144 + struct.unpack("<I", file[140:144])[0]


def dataset(study, series, sop_uid, number, pixels, padding=0, patient=None):
    """`study` and `series` are UIDs; `pixels` fills a square of bytes; `padding` is a number of private values of 60 kB; without
    a `patient` each study has its own."""
    side = int(len(pixels) ** 0.5)
    private = b""
    if padding:
        private = element(0x00110010, "LO", "PADDING")
        private += b"".join(element(0x00111000 + index, "OB", bytes(60_000)) for index in range(padding))
    return (
        elements(
            (0x00080016, "UI", CT),
            (0x00080018, "UI", sop_uid),
            (0x00080020, "DA", "20260105"),
            (0x00080050, "SH", study[-12:]),
            (0x00080060, "CS", "CT"),
            (0x00081030, "LO", "Crash test"),
            (0x00100010, "PN", "Test^" + study[-6:]),
            (0x00100020, "LO", patient or "P" + study[-6:]),
        )
        + private
        + elements(
            (0x0020000D, "UI", study),
            (0x0020000E, "UI", series),
            (0x00200011, "IS", series.rsplit(".", 1)[1]),
            (0x00200013, "IS", str(number)),
            (0x00280002, "US", 1),
            (0x00280004, "CS", "MONOCHROME2"),
            (0x00280010, "US", side),
            (0x00280011, "US", side),
            (0x00280100, "US", 8),
            (0x00280101, "US", 8),
            (0x00280102, "US", 7),
            (0x00280103, "US", 0),
            (0x7FE00010, "OB", pixels),
        )
    )
