"""The details of a receipt against its record. PROTOCOL.md, "Checking a proof file offline",
step 8, and "Hashes of a receipt"."""

from hashed import check_code_hash, details_commitment
from messages import RECEIPT_DETAILS
from refusal import require
from wire import decode

_BYTES_MAX = 9 * 1024 * 1024
_NO_AMOUNTS = (0, 0, 0, 0)


def check_details(encoded, record, notice):
    """Checks that these are the committed details and that they agree with the record.

    `notice` is the NoticeRecord whose payment issued the receipt, or None."""
    require(len(encoded) <= _BYTES_MAX, "the details have more than 9 MiB")
    details = decode(RECEIPT_DETAILS, encoded)
    require(len(details.salt) == 32, "the details have no salt of 32 bytes")
    commitment = details_commitment(details.salt, encoded)
    require(commitment == record.details_commitment, "the details are not the committed ones")
    require(details.main is not None, "the details name no receipt")
    require(details.invoicing_party is not None, "the details name no invoicing party")
    _check_names(details.main, record)
    party = details.invoicing_party.code
    require(party == (record.agency or record.issuer), "the details are of another issuer")
    if notice is None:
        _check_facts(details, record)
    else:
        agrees = details.main.total_fen == notice.amount_fen
        require(agrees, "the details have another total than the notice")


def _check_names(main, record):
    require(main.receipt_code == record.receipt.code, "the details are of another receipt code")
    numbers = (None, record.receipt.number)
    require(main.receipt_number in numbers, "the details are of another receipt number")
    same_business = main.business_number == record.business_number
    require(same_business, "the details are of another business number")
    code_hash = check_code_hash(record.check_code_salt, main.check_code)
    require(code_hash == record.check_code_hash, "the details have another check code")


def _check_facts(details, record):
    main = details.main
    issued = (main.issue_date, main.issue_time) == (record.issue_date, record.issue_time)
    require(issued, "the details have another time of issue")
    require(main.total_fen == record.total_fen, "the details have another total")
    same_channels = _detailed_channels(details.extension) == _channels(record.settlement)
    require(same_channels, "the details have another settlement")
    related = None if details.extension is None else details.extension.related
    require(related == record.reverses, "the details name another reversed receipt")


def _detailed_channels(extension):
    if extension is None:
        return _NO_AMOUNTS
    return (
        extension.fund_pay_fen,
        extension.account_pay_fen,
        extension.own_pay_fen,
        extension.other_pay_fen,
    )


def _channels(settlement):
    if settlement is None:
        return _NO_AMOUNTS
    return (
        settlement.pooled_fund_fen,
        settlement.personal_account_fen,
        settlement.personal_cash_fen,
        settlement.other_fen,
    )
