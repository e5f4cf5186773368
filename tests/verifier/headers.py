"""Headers, validator sets and certificates. PROTOCOL.md, "Checking a proof file offline",
steps 1 and 2."""

import ed25519
from hashed import address, block_hash, precommit_bytes, validators_hash
from messages import HEADER, VALIDATORS_MAX
from refusal import require
from wire import decode_canonical

_POWER_MAX = 2**32
_HASHES = (
    "parent_hash",
    "transactions_root",
    "outcomes_root",
    "state_root",
    "history_root",
    "validators_hash",
    "next_validators_hash",
)


def read_header(encoded, chain_id):
    """The header with this canonical encoding, of this chain."""
    header = decode_canonical(HEADER, encoded, "a header")
    require(header.chain_id == chain_id, "a header is of another chain")
    require(header.height > 0, "a header has no height")
    require(len(header.proposer) == 20, "a header's proposer is no address")
    hashes = (getattr(header, name) for name in _HASHES)
    require(all(len(hash_) == 32 for hash_ in hashes), "a header's hash has no 32 bytes")
    return header


def follow_to_header(evidence, chain_id, trusted_validators_hash):
    """Follows the handovers of a StateEvidence from the trusted validators to its header.

    Returns the header, its hash and the validators that signed it."""
    expected, height = trusted_validators_hash, 0
    for certified in (*evidence.handovers, evidence.header):
        require(certified is not None, "the evidence has no header")
        header = read_header(certified.header, chain_id)
        require(header.height > height, "heights of handovers do not ascend")
        require(header.validators_hash == expected, "a header is decided by other validators")
        signers = _check_certified(header, certified)
        expected, height = header.next_validators_hash, header.height
        if certified is not evidence.header:
            require(expected != header.validators_hash, "a handover changes nothing")
    return header, block_hash(certified.header), signers


def _check_certified(header, certified):
    """Checks set and certificate of a header; returns the validators that signed it."""
    require(certified.validators is not None, "a header comes without its validators")
    require(certified.certificate is not None, "a header comes without a certificate")
    named = validators_hash(certified.validators)
    require(named == header.validators_hash, "the validators are not those that the header names")
    by_address = _by_address(certified.validators.validators)
    certificate = certified.certificate
    require(certificate.height == header.height, "the certificate is of another height")
    hash_of_block = block_hash(certified.header)
    require(certificate.block_hash == hash_of_block, "the certificate is of another block")
    signers = _signers(certificate, by_address)
    for validator, signature in signers:
        _check_precommit(header.chain_id, certificate, validator, signature)
    return [validator for validator, _ in signers]


def _by_address(validators):
    require(1 <= len(validators) <= VALIDATORS_MAX, "the validators are none or too many")
    by_address = {}
    previous = b""
    for validator in validators:
        require(len(validator.public_key) == 32, "a validator's key has no 32 bytes")
        require(1 <= validator.power <= _POWER_MAX, "a validator's power is out of range")
        own = address(validator.public_key)
        require(previous < own, "the validators do not ascend by address")
        by_address[own] = validator
        previous = own
    return by_address


def _signers(certificate, by_address):
    """Who signed a certificate, each with its signature: more than two thirds of the power."""
    signers = []
    previous = b""
    for signature in certificate.signatures:
        require(previous < signature.address, "the signatures do not ascend by address")
        require(signature.address in by_address, "a signer is not among the validators")
        signers.append((by_address[signature.address], signature))
        previous = signature.address
    power = sum(validator.power for validator, _ in signers)
    whole = sum(validator.power for validator in by_address.values())
    require(3 * power > 2 * whole, "the signers have too little power")
    return signers


def _check_precommit(chain_id, certificate, validator, signature):
    signed = precommit_bytes(
        chain_id,
        certificate.height,
        certificate.round,
        certificate.block_hash,
        signature.address,
    )
    holds = ed25519.verify(validator.public_key, signed, signature.signature)
    require(holds, "a validator's signature does not hold")
