"""The bytes that are hashed and signed. PROTOCOL.md, "Identifiers", "What is signed" and
"Hashes of a receipt"."""

from hashlib import sha256

from messages import VALIDATOR_SET
from refusal import require
from wire import encode

_ED25519 = 1
_PRECOMMIT = 2


def digest(*parts):
    """SHA-256 of the parts, joined."""
    return sha256(b"".join(parts)).digest()


def u8(number):
    return number.to_bytes(1, "big")


def u16(number):
    return number.to_bytes(2, "big")


def u32(number):
    return number.to_bytes(4, "big")


def u64(number):
    return number.to_bytes(8, "big")


def _i64(number):
    return number.to_bytes(8, "big", signed=True)


def _chain(chain_id):
    encoded = chain_id.encode("utf-8")
    return u32(len(encoded)) + encoded


def block_hash(encoded_header):
    return digest(b"piaolian/header/v1", encoded_header)


def validators_hash(validator_set):
    return digest(b"piaolian/validators/v1", encode(VALIDATOR_SET, validator_set))


def address(public_key):
    """The address of a validator with this Ed25519 key."""
    return digest(b"piaolian/address/v1", u8(_ED25519), public_key)[:20]


def precommit_bytes(chain_id, height, consensus_round, hash_of_block, validator_address):
    """What a validator signs when it precommits to a block."""
    return b"".join(
        (
            b"piaolian/vote/v1",
            _chain(chain_id),
            u8(_PRECOMMIT),
            u64(height),
            u32(consensus_round),
            u8(1),
            hash_of_block,
            validator_address,
        )
    )


def seal_bytes(chain_id, issued_height, issuance_root):
    """What finance signs when it seals what a block issued."""
    return b"piaolian/seal/v1" + _chain(chain_id) + u64(issued_height) + issuance_root


def transaction_id(chain_id, body):
    return digest(b"piaolian/tx/v1", _chain(chain_id), digest(body))


def check_code_hash(salt, check_code):
    return digest(b"piaolian/check-code/v1", salt, check_code.encode("utf-8"))


def details_commitment(salt, details):
    return digest(b"piaolian/details/v1", salt, details)


def receipt_key(receipt):
    """Code and number of a receipt, 18 ASCII digits."""
    return f"{receipt.code}{receipt.number:010}".encode("ascii")


def issued_hash(record):
    """The hash that stands for a receipt under the issuance root of its block."""
    issuer = record.issuer.encode("utf-8")
    agency = record.agency.encode("utf-8") or bytes(18)
    commitments = (record.details_commitment, record.check_code_hash)
    require(len(issuer) == len(agency) == 18, "the record's organisations have no 18 characters")
    require(all(len(hash_) == 32 for hash_ in commitments), "the record's hashes have no 32 bytes")
    return digest(
        b"piaolian/issued/v1",
        receipt_key(record.receipt),
        issuer,
        agency,
        u32(record.issue_date),
        u32(record.issue_time),
        _i64(record.total_fen),
        *commitments,
    )
