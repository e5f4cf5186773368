"""A proof file and its eight steps. PROTOCOL.md, "Checking a proof file offline".

Steps 1 and 2 are in headers.py, step 7 in events.py, step 8 in details.py; all others are here.
"""

import ed25519
from details import check_details
from events import check_events
from hashed import receipt_key, seal_bytes, issued_hash, u64
from headers import follow_to_header
from messages import (
    ISSUANCE_RECORD,
    NOTICE_RECORD,
    ORGANISATION_RECORD,
    PARAMETERS,
    RECEIPT_PROOF,
    RECEIPT_RECORD,
)
from refusal import require
from trees import check_leaf, check_state
from wire import decode, decode_canonical

FILE_BYTES_MAX = 64 * 1024 * 1024

_VERSION = 1
_NUMBER_MAX = 9_999_999_999

_PARAMETERS = b"\x01"
_ORGANISATIONS = b"\x02"
_RECEIPTS = b"\x05"
_ISSUANCES = b"\x06"
_NOTICES = b"\x0c"

_ROLE_FINANCE = 1
_PURPOSE_SUPERVISE = 6
_ALGORITHM_ED25519 = 1


def verify(data, chain_id, validators_hash, wanted=None):
    """Takes all steps over a proof file; returns what it shows.

    `validators_hash` is that of the founding document. `wanted` is the receipt that the file
    has to be about, as code-number; None: any."""
    require(len(data) <= FILE_BYTES_MAX, "the file has more than 64 MiB")
    proof = decode_canonical(RECEIPT_PROOF, data, "the file")
    require(proof.version == _VERSION, "the file is of an unknown version")
    name = _name_of(proof.receipt)
    require(wanted is None or wanted == name, "the file is about another receipt")
    require(proof.evidence is not None, "the file has no evidence")
    header, hash_of_block, signers = follow_to_header(proof.evidence, chain_id, validators_hash)
    record = _check_record(proof, header)
    shown = {
        "receipt": name,
        "present": record is not None,
        "height": header.height,
        "block_hash": hash_of_block.hex(),
        "signers": [signer.organisation for signer in signers],
    }
    if record is None:
        return shown | _shown_of_nothing(proof)
    return shown | _shown_of_record(proof, record, header, hash_of_block)


def _name_of(receipt):
    require(receipt is not None, "the file names no receipt")
    code = receipt.code
    well_formed = len(code) == 8 and code.isascii() and code.isdigit()
    require(well_formed, "the file's receipt has no code of 8 digits")
    require(receipt.number <= _NUMBER_MAX, "the file's receipt has a number above 10 digits")
    return f"{code}-{receipt.number:010}"


def _check_record(proof, header):
    """Step 3: the receipt's record, or None when there is none."""
    evidence = proof.evidence
    key = _RECEIPTS + receipt_key(proof.receipt)
    require(evidence.key == key, "the evidence is about another key")
    check_state(header.state_root, key, evidence.value, evidence.proof, "the receipt")
    if evidence.value is None:
        return None
    record = decode(RECEIPT_RECORD, evidence.value)
    require(record.receipt == proof.receipt, "the record is of another receipt")
    named = len(record.attachment_hash) in (0, 32)
    require(named, "the record's attachment hash is neither empty nor 32 bytes")
    return record


def _shown_of_nothing(proof):
    """Step 3, absence: nothing else stands in the file."""
    more = (proof.issuer, proof.parameters, proof.seal, proof.notice)
    require(all(part is None for part in more), "a file about no receipt says more")
    require(not proof.events and not proof.details, "a file about no receipt says more")
    return {
        "total_fen": None,
        "booked_fen": None,
        "attachment_hash": None,
        "events": [],
        "sealed": False,
        "details": False,
    }


def _shown_of_record(proof, record, header, hash_of_block):
    """Steps 4 to 8, for a receipt that is there."""
    _read_organisation(proof.issuer, record.issuer, header, "the issuer")
    _read_entry(proof.parameters, _PARAMETERS, PARAMETERS, header, "the parameters")
    notice = None
    if proof.notice is not None:
        notice = _check_notice(proof.notice, record, header)
    if proof.seal is not None:
        _check_seal(proof.seal, record, header)
    events = check_events(proof.events, proof.receipt, header, hash_of_block)
    if proof.details:
        check_details(proof.details, record, notice)
    booked = (booking.amount_fen for booking in record.bookings if booking.unbooking is None)
    return {
        "total_fen": record.total_fen,
        "booked_fen": sum(booked),
        "attachment_hash": record.attachment_hash.hex() or None,
        "events": events,
        "sealed": proof.seal is not None,
        "details": bool(proof.details),
    }


def _read_entry(entry, key, table, header, what):
    """The record of a StateEntry that is there under this key."""
    require(entry is not None, f"{what}: missing from the file")
    check_state(header.state_root, key, entry.value, entry.proof, what)
    return decode(table, entry.value)


def _read_organisation(entry, organisation, header, what):
    code = organisation.encode("utf-8")
    require(len(code) == 18, f"{what}: the organisation has no 18 characters")
    record = _read_entry(entry, _ORGANISATIONS + code, ORGANISATION_RECORD, header, what)
    require(record.organisation == organisation, f"{what}: the record is of another organisation")
    return record


def _check_notice(entry, record, header):
    """Step 5: the notice whose payment issued the receipt."""
    key = _NOTICES + record.business_number.encode("utf-8")
    notice = _read_entry(entry, key, NOTICE_RECORD, header, "the notice")
    same_number = notice.decision_number == record.business_number
    require(same_number, "the notice has another decision number")
    require(notice.payment is not None, "the notice was not paid")
    require(notice.payment.receipt == record.receipt, "the notice's payment has another receipt")
    same_details = notice.details_commitment == record.details_commitment
    require(same_details, "the notice has other details")
    return notice


def _check_seal(evidence, record, header):
    """Step 6: finance's seal over what the receipt's block issued."""
    key = _ISSUANCES + u64(record.issued_height)
    issuance = _read_entry(evidence.issuance, key, ISSUANCE_RECORD, header, "the issuance")
    require(issuance.height == record.issued_height, "the issuance is of another height")
    require(issuance.seal is not None, "the issuance is not sealed")
    root = issuance.issuance_root
    place = (record.issued_index, issuance.count)
    check_leaf(issued_hash(record), *place, evidence.path, root, "the receipt's issuance")
    seal = issuance.seal
    key = _supervise_key(evidence.bureau, seal, header)
    signed = seal_bytes(header.chain_id, issuance.height, root)
    holds = ed25519.verify(key.public_key, signed, seal.signature)
    require(holds, "the seal's signature does not hold")


def _supervise_key(entry, seal, header):
    """The finance bureau's key that made a seal."""
    bureau = _read_organisation(entry, seal.organisation, header, "the bureau")
    require(_ROLE_FINANCE in bureau.roles, "the seal is not by a finance bureau")
    key = next((key for key in bureau.keys if key.key_id == seal.key_id), None)
    require(key is not None, "the bureau has no such key")
    supervises = (key.purpose, key.algorithm) == (_PURPOSE_SUPERVISE, _ALGORITHM_ED25519)
    require(supervises, "the seal's key is not a supervise key")
    acts = key.first_height <= seal.height and (
        key.last_height == 0 or seal.height <= key.last_height
    )
    require(acts, "the seal's key did not act at its height")
    return key
