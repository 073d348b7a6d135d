"""What a file is: where its dataset begins (PS3.10 §7.1) and its digests. A reader of its own."""

import dataclasses
import hashlib
import struct

LONG_FORM = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
CHUNK = 1 << 20


def dataset_offset(head):
    """Group 0002 is explicit little endian. 0 without "DICM" and group 0002. It ends where (0002,0000) says, if that is between
    two of its elements and behind (0002,0010); what follows there is of the dataset, whatever its group."""
    at = 132 if head[128:132] == b"DICM" else 4 if head[:4] == b"DICM" else 0
    start, end, named = at, None, False
    while head[at : at + 2] == b"\x02\x00" and len(head) >= at + 8 and not (at == end and named):
        vr = head[at + 4 : at + 6]
        named = named or head[at + 2 : at + 4] == b"\x10\x00"
        if vr in LONG_FORM:
            size = 12 + struct.unpack_from("<I", head, at + 8)[0]
        else:
            size = 8 + struct.unpack_from("<H", head, at + 6)[0]
        if at == start and head[at + 2 : at + 4] == b"\0\0" and size == 12:
            end = at + 12 + struct.unpack_from("<I", head, at + 8)[0]
        at += size
    return at


def _crc32c_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _crc32c_table()


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


def chunk_crc32c(data):
    """4 bytes, big endian, for each started MiB."""
    return b"".join(struct.pack(">I", crc32c(data[at : at + CHUNK])) for at in range(0, len(data), CHUNK))


@dataclasses.dataclass(frozen=True)
class Print:
    size: int
    offset: int
    file_sha256: str
    prefix_sha256: str
    dataset_sha256: str


def fingerprint(data):
    offset = dataset_offset(data[: 64 * 1024])
    view = memoryview(data)
    return Print(
        len(data),
        offset,
        hashlib.sha256(view).hexdigest(),
        hashlib.sha256(view[:offset]).hexdigest(),
        hashlib.sha256(view[offset:]).hexdigest(),
    )
