"""Small writers of Stata's and SPSS's files, byte by byte: versions, encodings and records at will.

Columns are given as (name, kind, cells), where kind is "num" or the width of a text in bytes.
"""

import struct
from itertools import pairwise

MISSING = {"b": 101, "h": 32741, "i": 2147483621}
"""Stata's '.' from version 8 on, by type; '.a' is the next, and so on."""

OLD_MISSING = {"b": 127, "h": 32767, "i": 2147483647}
FLOAT_MISSING = {"f": b"\x7f\x00\x00\x00", "d": b"\x7f\xe0\x00\x00\x00\x00\x00\x00"}
TYPES = {"b": 251, "h": 252, "i": 253, "f": 254, "d": 255}
OLD_TYPES = {"b": b"b", "h": b"i", "i": b"l", "f": b"f", "d": b"d"}


def padded(text, width, encoding):
    raw = text if isinstance(text, bytes) else text.encode(encoding)
    assert len(raw) < width
    return raw.ljust(width, b"\0")


def dta(
    version,
    columns,
    *,
    encoding="ascii",
    order="<",
    labels=None,
    value_labels=None,
    formats=None,
):
    """Stata's file of version 105 to 115; columns are (name, "b", "h", "i", "f", "d" or width)."""
    labels, value_labels, formats = labels or {}, value_labels or {}, formats or {}
    rows = len(columns[0][2])
    name_width = 33 if version >= 110 else 9
    label_width = 81 if version >= 108 else 32
    format_width = 49 if version >= 114 else 12
    out = bytes([version, 2 if order == "<" else 1, 1, 0])
    out += struct.pack(order + "hi", len(columns), rows)
    out += bytes(label_width) + padded("01 Jan 2020 12:00", 18, "ascii")
    for _, kind, _ in columns:
        if version >= 111:
            out += bytes([kind if isinstance(kind, int) else TYPES[kind]])
        else:
            out += bytes([127 + kind]) if isinstance(kind, int) else OLD_TYPES[kind]
    for name, _, _ in columns:
        out += padded(name, name_width, encoding)
    out += bytes(2 * (len(columns) + 1))
    for name, kind, _ in columns:
        usual = f"%{kind}s" if isinstance(kind, int) else "%9.0g"
        out += padded(formats.get(name, usual), format_width, "ascii")
    for name, _, _ in columns:
        out += padded(name if name in value_labels else "", name_width, encoding)
    for name, _, _ in columns:
        out += padded(labels.get(name, ""), label_width, encoding)
    out += bytes(5 if version >= 110 else 3)
    for row in range(rows):
        for _, kind, cells in columns:
            out += dta_cell(version, kind, cells[row], encoding, order)
    for name, codes in value_labels.items():
        out += dta_labels(version, name, codes, encoding, order)
    return out


def dta_cell(version, kind, cell, encoding, order):
    if isinstance(kind, int):
        raw = cell if isinstance(cell, bytes) else cell.encode(encoding)
        assert len(raw) <= kind
        return raw.ljust(kind, b"\0")
    place = 0 if cell is None else ord(cell[1]) - ord("a") + 1 if isinstance(cell, str) else None
    if place is None:
        return struct.pack(order + kind, cell)
    if kind in FLOAT_MISSING:
        raw = bytearray(FLOAT_MISSING[kind])
        raw[1 if kind == "f" else 2] |= 0
        if kind == "f":
            raw[1:3] = struct.pack(">H", place << 3)
        else:
            raw[1:3] = struct.pack(">H", 0xE000 + place)
        return bytes(raw if order == ">" else raw[::-1])
    known = MISSING if version >= 113 else OLD_MISSING
    return struct.pack(order + kind, known[kind] + place)


def dta_labels(version, name, codes, encoding, order):
    if version < 108:
        out = struct.pack(order + "h", len(codes)) + padded(name, 9, encoding) + b"\0"
        out += b"".join(struct.pack(order + "h", code) for code in codes)
        return out + b"".join(padded(label, 9, encoding)[:8] for label in codes.values())
    texts = [padded(label, 400, encoding).rstrip(b"\0") + b"\0" for label in codes.values()]
    starts = [0]
    for text in texts:
        starts.append(starts[-1] + len(text))
    table = struct.pack(order + "ii", len(codes), starts[-1])
    table += b"".join(struct.pack(order + "i", start) for start, _ in pairwise(starts))
    for code in codes:
        value = MISSING["i"] + ord(code[1]) - ord("a") + 1 if isinstance(code, str) else code
        table += struct.pack(order + "i", value)
    table += b"".join(texts)
    width = 33 if version >= 110 else 9
    return struct.pack(order + "i", len(table)) + padded(name, width, encoding) + bytes(3) + table


def sav(
    columns,
    *,
    encoding="ascii",
    record=None,
    code=None,
    order="<",
    packed=False,
    labels=None,
    value_labels=None,
    missing=None,
    formats=None,
    created="01 Jan 20",
    cases=None,
    documents=(),
):
    """SPSS's file.

    `record` is what it says of its encoding, `code` the code page; texts are at most 255 bytes.
    """
    labels, value_labels = labels or {}, value_labels or {}
    missing, formats = missing or {}, formats or {}
    rows = len(columns[0][2])
    widths = [1 if kind == "num" else (kind + 7) // 8 for _, kind, _ in columns]
    out = b"$FL2" + b"@(#) SPSS DATA FILE of a test".ljust(60)
    out += struct.pack(order + "iiiii", 2, sum(widths), int(packed), 0, cases or rows)
    out += struct.pack(order + "d", 100.0) + created.encode("latin-1").ljust(9) + b"12:00:00"
    out += b"".ljust(64) + bytes(3)
    for name, kind, _ in columns:
        out += sav_variable(name, kind, encoding, order, labels, missing, formats)
    place = 1
    for (name, kind, _), width in zip(columns, widths, strict=True):
        if name in value_labels:
            out += struct.pack(order + "ii", 3, len(value_labels[name]))
            for value, label in value_labels[name].items():
                raw = label.encode(encoding)
                assert len(raw) < 256
                length = (len(raw) + 8) // 8 * 8 - 1
                out += sav_value(value, kind, encoding, order)
                out += bytes([len(raw)]) + raw.ljust(length)
            out += struct.pack(order + "iii", 4, 1, place)
        place += width
    if documents:
        out += struct.pack(order + "ii", 6, len(documents))
        out += b"".join(line.encode(encoding).ljust(80) for line in documents)
    if code is not None:
        little = 2 if order == "<" else 1
        machine = struct.pack(order + "8i", 1, 0, 0, -1, 1, 1, little, code)
        out += struct.pack(order + "4i", 7, 3, 4, 8) + machine
    if record is not None:
        out += struct.pack(order + "4i", 7, 20, 1, len(record)) + record.encode("ascii")
    out += struct.pack(order + "ii", 999, 0)
    cells = []
    for row in range(rows):
        for (_, kind, values), width in zip(columns, widths, strict=True):
            raw = sav_value(values[row], kind, encoding, order, 8 * width)
            cells += [raw[8 * i : 8 * i + 8] for i in range(width)]
    if not packed:
        return out + b"".join(cells)
    system = struct.pack(order + "d", -1.7976931348623157e308)
    for start in range(0, len(cells), 8):
        block = cells[start : start + 8]
        commands = [255 if x == system else 254 if x == b" " * 8 else 253 for x in block]
        out += bytes(commands).ljust(8, b"\0")
        out += b"".join(x for x, told in zip(block, commands, strict=True) if told == 253)
    return out


def sav_variable(name, kind, encoding, order, labels, missing, formats):
    width = 0 if kind == "num" else kind
    usual = (5 << 16) | (8 << 8) if kind == "num" else (1 << 16) | (width << 8)
    shown = formats.get(name, usual)
    given = missing.get(name, ())
    count = -len(given) if given and given[0] == "range" else len(given)
    values = [value for value in given if value != "range"]
    count = -len(values) if "range" in given else len(values)
    out = struct.pack(order + "6i", 2, width, int(name in labels), count, shown, shown)
    out += name.encode(encoding).ljust(8)
    if name in labels:
        raw = labels[name].encode(encoding)
        out += struct.pack(order + "i", len(raw)) + raw.ljust((len(raw) + 3) // 4 * 4)
    out += b"".join(sav_value(value, kind, encoding, order) for value in values)
    for _ in range((width + 7) // 8 - 1):
        out += struct.pack(order + "6i", 2, -1, 0, 0, 0, 0) + b" " * 8
    return out


def sav_value(value, kind, encoding, order, width=8):
    if kind == "num":
        return struct.pack(order + "d", -1.7976931348623157e308 if value is None else value)
    raw = value if isinstance(value, bytes) else value.encode(encoding)
    assert len(raw) <= width
    return raw.ljust(width)
