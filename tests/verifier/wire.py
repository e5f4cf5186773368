"""Protobuf as far as proof files need it, driven by tables of fields.

PROTOCOL.md, "Conventions": the canonical encoding of a message has its fields in order of
number and leaves defaults out. A message is canonical when encoding what was decoded gives the
same bytes, which also refuses fields that its table does not have. Records that others encoded
are only decoded: there, fields that no table names are skipped.

A decoded message is a namespace with an attribute for each field of its table: 0, b"" or ""
where a plain field is left out, None where a message or an optional field is, a list where a
field is repeated.
"""

from types import SimpleNamespace
from typing import NamedTuple

from refusal import Refused, require

UINT32 = "uint32"  # also enumerations: only known, positive values of these are compared
UINT64 = "uint64"
INT64 = "int64"
BYTES = "bytes"
STRING = "string"

_DEFAULTS = {UINT32: 0, UINT64: 0, INT64: 0, BYTES: b"", STRING: ""}
_NUMBERS = (UINT32, UINT64, INT64)

_VARINT = 0
_FIXED64 = 1
_LENGTH = 2
_FIXED32 = 5

_VARINT_BYTES_MAX = 10
_U32 = (1 << 32) - 1
_U64 = (1 << 64) - 1


class Field(NamedTuple):
    """A field: its kind is one of those above, or the table of a message."""

    number: int
    name: str
    kind: object
    optional: bool = False
    repeated: bool = False
    most: int | None = None  # how many elements a repeated field may have; None: any number


class Table:
    """The fields of a message, in order of number."""

    def __init__(self, *fields):
        self.fields = fields
        self.by_number = {field.number: field for field in fields}


def many(number, name, kind, most=None):
    """A repeated field of at most this many elements. Repeated numbers can be decoded only."""
    return Field(number, name, kind, repeated=True, most=most)


def decode(table, data, strict=False):
    """Decodes a message. Fields that the table does not have are skipped, or refused if strict,
    and so are fields out of order, so that most of what is not canonical is refused early."""
    message = _blank(table)
    _fill(message, table, data, strict)
    return message


def decode_canonical(table, data, what):
    """Decodes a message that must be in canonical encoding, with known fields alone."""
    message = decode(table, data, strict=True)
    require(encode(table, message) == data, f"{what} is not in canonical encoding")
    return message


def encode(table, message):
    """The canonical encoding of a message."""
    return b"".join(_encode_field(field, getattr(message, field.name)) for field in table.fields)


def _blank(table):
    return SimpleNamespace(**{field.name: _absent(field) for field in table.fields})


def _absent(field):
    if field.repeated:
        return []
    if field.optional:
        return None
    return _DEFAULTS.get(field.kind)


def _fill(message, table, data, strict):
    """Reads fields into a message: the last of a plain field counts, messages are merged."""
    at, previous = 0, 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        require(8 <= tag <= _U32, "a field has no valid number")
        wire_type = tag & 7
        raw, at = _read_raw(data, at, wire_type)
        number = tag >> 3
        field = table.by_number.get(number)
        if strict:
            _check_place(field, number, previous)
            previous = number
        if field is not None:
            _store(message, field, wire_type, raw, strict)


def _check_place(field, number, previous):
    """Checks that a field is known and stands where the canonical encoding has it."""
    require(field is not None, "a field is unknown")
    in_order = number > previous or (number == previous and field.repeated)
    require(in_order, "the fields of a message do not ascend")


def _read_varint(data, at):
    value = 0
    for index, byte in enumerate(data[at : at + _VARINT_BYTES_MAX]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            require(value <= _U64, "a number has more than 64 bits")
            return value, at + index + 1
    raise Refused("a number does not end")


def _read_raw(data, at, wire_type):
    """What a field holds, as a number or as bytes, and where the next field is."""
    if wire_type == _VARINT:
        return _read_varint(data, at)
    if wire_type == _LENGTH:
        length, at = _read_varint(data, at)
    elif wire_type == _FIXED64:
        length = 8
    elif wire_type == _FIXED32:
        length = 4
    else:
        raise Refused("a field has an unknown wire type")
    end = at + length
    require(end <= len(data), "a field is cut off")
    return data[at:end], end


def _store(message, field, wire_type, raw, strict):
    if isinstance(field.kind, Table):
        _store_message(message, field, wire_type, raw, strict)
    elif not field.repeated:
        setattr(message, field.name, _scalar(field.kind, wire_type, raw))
    elif field.kind in _NUMBERS and wire_type == _LENGTH:
        getattr(message, field.name).extend(_packed(field.kind, raw))
    else:
        _append(message, field, _scalar(field.kind, wire_type, raw))


def _store_message(message, field, wire_type, raw, strict):
    require(wire_type == _LENGTH, f"{field.name} is not a message")
    if field.repeated:
        _append(message, field, decode(field.kind, raw, strict))
        return
    if getattr(message, field.name) is None:
        setattr(message, field.name, _blank(field.kind))
    _fill(getattr(message, field.name), field.kind, raw, strict)


def _append(message, field, value):
    values = getattr(message, field.name)
    require(field.most is None or len(values) < field.most, f"{field.name}: too many")
    values.append(value)


def _packed(kind, raw):
    at = 0
    while at < len(raw):
        number, at = _read_varint(raw, at)
        yield _number(kind, number)


def _scalar(kind, wire_type, raw):
    if kind in _NUMBERS:
        require(wire_type == _VARINT, "a field is not a number")
        return _number(kind, raw)
    require(wire_type == _LENGTH, "a field is not bytes or text")
    return raw if kind == BYTES else _text(raw)


def _number(kind, raw):
    """A number as protobuf reads it: what is above the width of its kind is dropped."""
    if kind == UINT32:
        return raw & _U32
    if kind == INT64 and raw >> 63:
        return raw - (1 << 64)
    return raw


def _text(raw):
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("a text is not UTF-8") from None


def _encode_field(field, value):
    if field.repeated:
        return b"".join(_encode_one(field, element) for element in value)
    if value == _absent(field):
        return b""
    return _encode_one(field, value)


def _encode_one(field, value):
    if field.kind in _NUMBERS:
        return _write_varint(field.number << 3 | _VARINT) + _write_varint(value & _U64)
    if isinstance(field.kind, Table):
        content = encode(field.kind, value)
    elif field.kind == STRING:
        content = value.encode("utf-8")
    else:
        content = value
    return _write_varint(field.number << 3 | _LENGTH) + _write_varint(len(content)) + content


def _write_varint(value):
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
