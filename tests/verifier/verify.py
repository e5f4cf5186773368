"""Verifies proof files of receipts offline. PROTOCOL.md, "Checking a proof file offline".

    verify.py FILE --chain-id ID --validators-hash HEX [--receipt CODE-NUMBER]
    verify.py --batch

The first form prints what the file shows as a line of JSON; with - the file is standard input.
It exits with 1 and a reason when the file does not hold or the hash is none, with 2 when it was
called wrongly or cannot read the file. The second form reads lines of JSON, each {"file": hex,
"chain_id": text, "validators_hash": hex, "receipt": text or left out}, and answers each with a
line of JSON.
"""

import argparse
import json
import sys
from binascii import unhexlify

from proof import FILE_BYTES_MAX, verify
from refusal import Refused, require

_LINE_BYTES_MAX = 2 * FILE_BYTES_MAX + 64 * 1024


def main():
    arguments = _parse_arguments()
    if arguments.batch:
        return _answer_lines()
    try:
        data = _read_file(arguments.file)
    except OSError as error:
        print(f"cannot read the file: {error.strerror}", file=sys.stderr)
        return 2
    try:
        trusted = _hash_from_hex(arguments.validators_hash)
        shown = verify(data, arguments.chain_id, trusted, arguments.receipt)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print(json.dumps(shown))
    return 0


def _parse_arguments():
    parser = argparse.ArgumentParser(description="Verifies proof files of receipts offline.")
    parser.add_argument("file", nargs="?", metavar="FILE", help="the proof file; - is stdin")
    parser.add_argument("--chain-id", metavar="ID", help="the founding document's chain id")
    parser.add_argument("--validators-hash", metavar="HEX", help="hash of the founding validators")
    parser.add_argument("--receipt", metavar="CODE-NUMBER", help="the receipt it has to be about")
    parser.add_argument("--batch", action="store_true", help="answer lines of JSON from stdin")
    arguments = parser.parse_args()
    single = (arguments.file, arguments.chain_id, arguments.validators_hash)
    if arguments.batch and any(given is not None for given in (*single, arguments.receipt)):
        parser.error("--batch stands alone")
    if not arguments.batch and any(given is None for given in single):
        parser.error("FILE, --chain-id and --validators-hash are needed")
    return arguments


def _read_file(name):
    """The file, or one byte more than a file may have."""
    if name == "-":
        return sys.stdin.buffer.read(FILE_BYTES_MAX + 1)
    with open(name, "rb") as file:
        return file.read(FILE_BYTES_MAX + 1)


def _answer_lines():
    for line in _lines(sys.stdin.buffer):
        try:
            answer = {"ok": True} | _verify_line(line)
        except Refused as refusal:
            answer = {"ok": False, "reason": str(refusal)}
        print(json.dumps(answer), flush=True)
    return 0


def _lines(stream):
    """The lines of a stream; of one that is too long, the beginning."""
    while line := stream.readline(_LINE_BYTES_MAX + 1):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(_LINE_BYTES_MAX)
        yield line


def _verify_line(line):
    require(len(line) <= _LINE_BYTES_MAX, "the line is too long")
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        raise Refused("the line is not JSON") from None
    require(isinstance(request, dict), "the line is not a JSON object")
    data = _bytes_from_hex(_text(request, "file"), "the file")
    trusted = _hash_from_hex(_text(request, "validators_hash"))
    wanted = None if request.get("receipt") is None else _text(request, "receipt")
    return verify(data, _text(request, "chain_id"), trusted, wanted)


def _text(request, name):
    value = request.get(name)
    require(isinstance(value, str), f"{name} is not a text")
    return value


def _hash_from_hex(text):
    hash_ = _bytes_from_hex(text, "the validators hash")
    require(len(hash_) == 32, "the validators hash has no 32 bytes")
    return hash_


def _bytes_from_hex(text, what):
    try:
        return unhexlify(text)
    except ValueError:
        raise Refused(f"{what} is not hexadecimal") from None


if __name__ == "__main__":
    sys.exit(main())
