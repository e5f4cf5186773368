"""The tables of fields of the messages in a proof file (proto/piaolian/v1).

The first part are messages that must be canonical, up to the transaction: their tables are
complete. The second part are records that stand in a file as bytes; their tables have the fields
that are used. Repeated fields of the first part are bounded as PROTOCOL.md bounds them,
"Checking a proof file offline" and "Trees"; a path of an RFC 6962 tree has one hash for each bit
of a number at most.
"""

from wire import BYTES, INT64, STRING, UINT32, UINT64, Field, Table, many

HANDOVERS_MAX = 1000
EVENTS_MAX = 64
VALIDATORS_MAX = 128
DEPTH_MAX = 256
BUCKET_MAX = 8
PATH_MAX = 64

RECEIPT_ID = Table(
    Field(1, "code", STRING),
    Field(2, "number", UINT64),
)

HEADER = Table(
    Field(1, "chain_id", STRING),
    Field(2, "height", UINT64),
    Field(3, "time_ms", UINT64),
    Field(4, "proposer", BYTES),
    Field(5, "parent_hash", BYTES),
    Field(6, "transactions_root", BYTES),
    Field(7, "outcomes_root", BYTES),
    Field(8, "state_root", BYTES),
    Field(9, "history_root", BYTES),
    Field(10, "validators_hash", BYTES),
    Field(11, "next_validators_hash", BYTES),
    Field(12, "protocol_version", UINT32),
)

VALIDATOR = Table(
    Field(1, "organisation", STRING),
    Field(2, "public_key", BYTES),
    Field(3, "power", UINT64),
)

VALIDATOR_SET = Table(many(1, "validators", VALIDATOR, VALIDATORS_MAX))

COMMIT_SIGNATURE = Table(
    Field(1, "address", BYTES),
    Field(2, "signature", BYTES),
)

COMMIT_CERTIFICATE = Table(
    Field(1, "height", UINT64),
    Field(2, "round", UINT32),
    Field(3, "block_hash", BYTES),
    many(4, "signatures", COMMIT_SIGNATURE, VALIDATORS_MAX),
)

CERTIFIED_HEADER = Table(
    Field(1, "header", BYTES),
    Field(2, "certificate", COMMIT_CERTIFICATE),
    Field(3, "validators", VALIDATOR_SET),
)

BUCKET_ENTRY = Table(
    Field(1, "key_hash", BYTES),
    Field(2, "value_hash", BYTES),
)

STATE_PROOF = Table(
    Field(1, "depth", UINT32),
    many(2, "siblings", BYTES, DEPTH_MAX),
    many(3, "bucket", BUCKET_ENTRY, BUCKET_MAX),
)

STATE_EVIDENCE = Table(
    Field(1, "header", CERTIFIED_HEADER),
    Field(2, "key", BYTES),
    Field(3, "value", BYTES, optional=True),
    Field(4, "proof", STATE_PROOF),
    many(5, "handovers", CERTIFIED_HEADER, HANDOVERS_MAX),
)

STATE_ENTRY = Table(
    Field(1, "value", BYTES),
    Field(2, "proof", STATE_PROOF),
)

SEAL_EVIDENCE = Table(
    Field(1, "issuance", STATE_ENTRY),
    many(2, "path", BYTES, PATH_MAX),
    Field(3, "bureau", STATE_ENTRY),
)

EVENT_EVIDENCE = Table(
    Field(1, "header", BYTES),
    many(2, "history_path", BYTES, PATH_MAX),
    Field(3, "index", UINT32),
    Field(4, "count", UINT32),
    Field(5, "transaction", BYTES),
    many(6, "transaction_path", BYTES, PATH_MAX),
    Field(7, "outcome", BYTES),
    many(8, "outcome_path", BYTES, PATH_MAX),
    Field(9, "item", UINT32),
)

RECEIPT_PROOF = Table(
    Field(1, "version", UINT32),
    Field(2, "receipt", RECEIPT_ID),
    Field(3, "issuer", STATE_ENTRY),
    Field(4, "parameters", STATE_ENTRY),
    Field(5, "seal", SEAL_EVIDENCE),
    Field(6, "notice", STATE_ENTRY),
    many(7, "events", EVENT_EVIDENCE, EVENTS_MAX),
    Field(8, "details", BYTES),
    Field(9, "evidence", STATE_EVIDENCE),
)

TRANSACTION = Table(
    Field(1, "body", BYTES),
    Field(2, "signature", BYTES),
)


SETTLEMENT = Table(
    Field(1, "pooled_fund_fen", INT64),
    Field(2, "personal_account_fen", INT64),
    Field(3, "personal_cash_fen", INT64),
    Field(4, "other_fen", INT64),
)

BOOKING = Table(
    Field(4, "amount_fen", INT64),
    Field(9, "unbooking", Table()),
)

RECEIPT_RECORD = Table(
    Field(1, "receipt", RECEIPT_ID),
    Field(2, "issuer", STRING),
    Field(3, "agency", STRING),
    Field(4, "business_number", STRING),
    Field(5, "issue_date", UINT32),
    Field(6, "issue_time", UINT32),
    Field(7, "total_fen", INT64),
    Field(8, "settlement", SETTLEMENT),
    Field(9, "check_code_salt", BYTES),
    Field(10, "check_code_hash", BYTES),
    Field(11, "details_commitment", BYTES),
    Field(12, "issued_height", UINT64),
    Field(13, "issued_index", UINT32),
    Field(15, "reverses", RECEIPT_ID),
    many(17, "bookings", BOOKING),
    Field(24, "attachment_hash", BYTES),
)

KEY = Table(
    Field(1, "key_id", UINT32),
    Field(2, "purpose", UINT32),
    Field(3, "algorithm", UINT32),
    Field(4, "public_key", BYTES),
    Field(5, "first_height", UINT64),
    Field(6, "last_height", UINT64),
)

ORGANISATION_RECORD = Table(
    Field(1, "organisation", STRING),
    many(3, "roles", UINT32),
    many(4, "keys", KEY),
)

FUND_RULE = Table(Field(1, "fund_kind", UINT32))

PARAMETERS = Table(many(6, "fund_rules", FUND_RULE))

NOTICE_PAYMENT = Table(Field(3, "receipt", RECEIPT_ID))

NOTICE_RECORD = Table(
    Field(1, "decision_number", STRING),
    Field(5, "amount_fen", INT64),
    Field(13, "details_commitment", BYTES),
    Field(16, "payment", NOTICE_PAYMENT),
)

SEAL = Table(
    Field(1, "organisation", STRING),
    Field(2, "key_id", UINT32),
    Field(3, "signature", BYTES),
    Field(4, "height", UINT64),
)

ISSUANCE_RECORD = Table(
    Field(1, "height", UINT64),
    Field(2, "count", UINT32),
    Field(3, "issuance_root", BYTES),
    Field(4, "seal", SEAL),
)

ITEM_OUTCOME = Table(
    Field(1, "code", UINT32),
    Field(3, "receipt", RECEIPT_ID),
)

OUTCOME = Table(
    Field(1, "transaction_id", BYTES),
    Field(2, "code", UINT32),
    many(4, "items", ITEM_OUTCOME),
)

DETAILS_MAIN = Table(
    Field(2, "receipt_code", STRING),
    Field(3, "receipt_number", UINT64, optional=True),
    Field(4, "check_code", STRING),
    Field(7, "total_fen", INT64),
    Field(8, "issue_date", UINT32),
    Field(9, "issue_time", UINT32),
    Field(11, "business_number", STRING),
)

DETAILS_INVOICING_PARTY = Table(Field(1, "code", STRING))

# An amount that is absent counts as 0.
DETAILS_EXTENSION = Table(
    Field(2, "related", RECEIPT_ID),
    Field(14, "fund_pay_fen", INT64),
    Field(15, "account_pay_fen", INT64),
    Field(16, "own_pay_fen", INT64),
    Field(17, "other_pay_fen", INT64),
)

RECEIPT_DETAILS = Table(
    Field(1, "salt", BYTES),
    Field(3, "main", DETAILS_MAIN),
    Field(4, "invoicing_party", DETAILS_INVOICING_PARTY),
    Field(6, "extension", DETAILS_EXTENSION),
)
