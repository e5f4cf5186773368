"""What was done to a receipt. PROTOCOL.md, "Checking a proof file offline", step 7."""

from hashed import block_hash, transaction_id
from headers import read_header
from messages import EVENTS_MAX, OUTCOME, TRANSACTION
from refusal import require
from trees import check_leaf
from wire import decode, decode_canonical


def check_events(events, receipt, certified, certified_hash):
    """Checks the events of a file under its certified header; returns height and code of each."""
    require(len(events) <= EVENTS_MAX, "there are too many events")
    shown = []
    previous = (0, 0, 0)
    counts = {}
    indexes = {}
    for event in events:
        header = read_header(event.header, certified.chain_id)
        place = (header.height, event.index, event.item)
        require(previous < place, "the events do not ascend")
        _check_history(event, header, certified, certified_hash)
        outcome = _check_transaction(event, header)
        count = counts.setdefault(header.height, event.count)
        require(count == event.count, "a block has two counts of transactions")
        index = indexes.setdefault(outcome.transaction_id, event.index)
        require(index == event.index, "a transaction stands at two places")
        item = _item(outcome, event.item, receipt)
        shown.append([header.height, outcome.code or item.code])
        previous = place
    return shown


def _check_history(event, header, certified, certified_hash):
    """Checks that the event's block is the certified one or one before it."""
    hash_of_block = block_hash(event.header)
    if hash_of_block == certified_hash:
        require(not event.history_path, "the certified header needs no history path")
        return
    check_leaf(
        hash_of_block,
        header.height - 1,
        certified.height - 1,
        event.history_path,
        certified.history_root,
        "an event's header",
    )


def _check_transaction(event, header):
    """Checks an event's transaction and outcome under its header; returns the outcome."""
    transaction = decode_canonical(TRANSACTION, event.transaction, "a transaction")
    require(len(transaction.signature) == 64, "a transaction's signature has no 64 bytes")
    own_id = transaction_id(header.chain_id, transaction.body)
    leaf = own_id + transaction.signature
    where = (event.index, event.count)
    root = header.transactions_root
    check_leaf(leaf, *where, event.transaction_path, root, "an event's transaction")
    root = header.outcomes_root
    check_leaf(event.outcome, *where, event.outcome_path, root, "an event's outcome")
    outcome = decode(OUTCOME, event.outcome)
    require(outcome.transaction_id == own_id, "an outcome is of another transaction")
    return outcome


def _item(outcome, number, receipt):
    require(number < len(outcome.items), "an outcome has no such item")
    item = outcome.items[number]
    require(item.receipt == receipt, "an outcome's item is about another receipt")
    return item
