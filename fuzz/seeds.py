"""Writes seeds for the fuzz targets from golden files and samples: fuzz/seeds.py FOLDER.

Each target gets a folder of its own. A seed keeps its name, so that a second run changes nothing.
"""

import pathlib
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Message in the golden file: class of its substream, its kind, whether an id precedes it
# (node/network/src/frame.rs).
FRAMES = {
    "ConsensusMessage": (0, 1, False),
    "LivenessMessage": (0, 2, False),
    "StreamedPart": (1, 3, False),
    "SyncStatus": (2, 4, False),
    "SyncRequest": (2, 5, True),
    "SyncResponse": (2, 6, True),
    "DecidedBlock": (2, 8, True),
    "AttachmentRequest": (4, 10, True),
    "AttachmentResponse": (4, 11, True),
}
TRANSACTIONS = (3, 9)


def golden(path):
    """Yields the lines of a golden file as (name, bytes); lines that are not hexadecimal are left out."""
    for line in (ROOT / path).read_text().splitlines():
        name, _, value = line.partition(" = ")
        try:
            yield name, bytes.fromhex(value)
        except ValueError:
            continue


def frame(place, kind, body):
    """A frame as the peer sends it, after the byte that chooses the class."""
    content = bytes([kind]) + body
    return bytes([place]) + struct.pack(">I", len(content)) + content


def seeds():
    """Yields (target, name, bytes)."""
    transactions = [
        (name, value)
        for name, value in golden("contracts/tests/golden/transactions.txt")
        if not name.endswith(" id")
    ]
    for name, value in transactions:
        yield "transaction", name, value
    batch = b"".join(struct.pack(">I", len(value)) + value for _, value in transactions[:3])
    yield "frame", "Transactions", frame(*TRANSACTIONS, batch)
    for name, value in golden("contracts/tests/golden/peer.txt"):
        if name.split()[0] in FRAMES:
            place, kind, has_id = FRAMES[name.split()[0]]
            yield "frame", name, frame(place, kind, struct.pack(">Q", 7) * has_id + value)
    for name, value in golden("contracts/tests/golden/hashes.txt"):
        if name == "block":
            yield "block", name, value
    for name, value in golden("verifier/tests/golden/proofs.txt"):
        if name != "trusted validators hash":
            yield "proof_file", name, value
    for name, value in golden("encryption/tests/golden/encrypted.txt"):
        if name == "encrypted":
            yield "encrypted_details", name, value
    for path in sorted((ROOT / "samples/receipts").glob("*.xml")):
        yield "national_xml", path.name, path.read_bytes()


def main():
    folder = pathlib.Path(sys.argv[1])
    for target, name, value in seeds():
        path = folder / target / ("seed-" + name.replace(" ", "-"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(value)


if __name__ == "__main__":
    main()
