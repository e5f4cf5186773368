"""Tests the verifier on the golden proof files: self_test.py PROOFS_TXT

The files hold, a file with one bit changed or with its end cut off never does, neither does one
under other trust, and malformed lines are answered. Prints counts; fails with an assertion.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import ed25519
from proof import verify
from refusal import Refused

_NAMES = ("whole", "bare", "absent")
_STEPS = {"whole": 7, "bare": 7, "absent": 1}  # a bit of every so many bytes is changed
_CUT_STEP = 50
_TIMES = 10

# RFC 8032, section 7.1, test 2.
_KEY = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
_MESSAGE = "72"
_SIGNATURE = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)
_ORDER = 2**252 + 27742317777372353535851937790883648493

_MALFORMED_LINES = (
    b"",
    b"{",
    b"[]",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"file": 1}',
    b'{"file": "zz", "chain_id": "a", "validators_hash": "00"}',
    b'{"file": "00", "chain_id": "a", "validators_hash": "00"}',
    b'{"file": "\xc3\xa9", "chain_id": "a", "validators_hash": "00"}',
    b'{"file": "", "chain_id": null, "validators_hash": "' + b"00" * 32 + b'"}',
    b'{"file": "", "chain_id": "\\ud800", "validators_hash": "' + b"00" * 32 + b'"}',
    b'{"file": "", "chain_id": "a", "validators_hash": "' + b"00" * 32 + b'", "receipt": 7}',
)


def main():
    golden = _read_golden(Path(sys.argv[1]))
    _test_signatures()
    for name in _NAMES:
        _test_holds(golden, name)
        _test_changed(golden, name)
        _test_cut_off(golden, name)
    _test_other_trust(golden)
    _test_batch(golden)
    print("all hold")


def _read_golden(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    values = dict(line.split(" = ", 1) for line in lines if " = " in line)
    golden = {name: bytes.fromhex(values[name]) for name in _NAMES}
    golden["chain"] = values["chain id"]
    golden["trust"] = bytes.fromhex(values["trusted validators hash"])
    return golden


def _test_signatures():
    key, message, signature = map(bytes.fromhex, (_KEY, _MESSAGE, _SIGNATURE))
    assert ed25519.verify(key, message, signature)
    assert not ed25519.verify(key, message + b"\x00", signature)
    s = int.from_bytes(signature[32:], "little") + _ORDER
    assert not ed25519.verify(key, message, signature[:32] + s.to_bytes(32, "little"))
    identities = _identity_encodings()
    for small_key in identities:
        for r in identities:
            assert ed25519.verify(small_key, message, r + bytes(32))
    print("signatures: one of RFC 8032, and what ZIP-215 takes and refuses")


def _identity_encodings():
    """All encodings of the identity: y is 1 or p + 1, x is 0 with either sign."""
    numbers = (y | sign << 255 for y in (1, 2**255 - 18) for sign in (0, 1))
    return [number.to_bytes(32, "little") for number in numbers]


def _test_holds(golden, name):
    started = time.perf_counter()
    for _ in range(_TIMES):
        shown = verify(golden[name], golden["chain"], golden["trust"])
    took = (time.perf_counter() - started) / _TIMES
    assert shown["present"] == (name != "absent")
    for part in ("sealed", "details", "events"):
        assert bool(shown[part]) == (name == "whole"), part
    print(f"{name}: {len(golden[name])} bytes hold, {took * 1000:.1f} ms each time")


def _test_changed(golden, name):
    data, count = golden[name], 0
    started = time.perf_counter()
    for at in range(0, len(data), _STEPS[name]):
        changed = bytearray(data)
        changed[at] ^= 1 << count % 8
        _assert_refused(golden, bytes(changed), f"{name} with byte {at} changed")
        count += 1
    took = time.perf_counter() - started
    print(f"{name}: {count} changed files refused, {took / count * 1000:.1f} ms each")


def _test_cut_off(golden, name):
    data = golden[name]
    lengths = range(0, len(data), _CUT_STEP)
    for length in lengths:
        _assert_refused(golden, data[:length], f"{name} cut off at {length}")
    print(f"{name}: {len(lengths)} cut off files refused")


def _test_other_trust(golden):
    whole = golden["whole"]
    name = verify(whole, golden["chain"], golden["trust"])["receipt"]
    assert verify(whole, golden["chain"], golden["trust"], name)["receipt"] == name
    _assert_refused(golden | {"chain": "another"}, whole, "another chain")
    _assert_refused(golden | {"trust": bytes(32)}, whole, "other validators")
    _assert_refused(golden, whole, "another receipt", "00000000-0000000000")
    print("whole: refused under other trust and for another receipt")


def _assert_refused(golden, data, what, wanted=None):
    try:
        verify(data, golden["chain"], golden["trust"], wanted)
    except Refused:
        return
    raise AssertionError(f"{what} was not refused")


def _test_batch(golden):
    """Malformed lines are answered, one each, and a good one among them is not disturbed."""
    good = {
        "file": golden["whole"].hex(),
        "chain_id": golden["chain"],
        "validators_hash": golden["trust"].hex(),
    }
    lines = [*_MALFORMED_LINES, json.dumps(good).encode("ascii")]
    command = [sys.executable, str(Path(__file__).with_name("verify.py")), "--batch"]
    done = subprocess.run(command, input=b"\n".join(lines), capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["ok"] for answer in answers] == [False] * len(_MALFORMED_LINES) + [True]
    assert not done.stderr
    print(f"batch: {len(_MALFORMED_LINES)} malformed lines answered")


if __name__ == "__main__":
    main()
