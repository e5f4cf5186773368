"""The trees under a header: RFC 6962 lists and the state. PROTOCOL.md, "Trees"."""

from hashed import digest, u16
from messages import BUCKET_MAX, DEPTH_MAX
from refusal import require


def check_leaf(data, index, count, path, root, what):
    """Checks that this data is leaf number `index` of `count` under the root of a list."""
    require(index < count, f"{what}: the place is outside the list")
    require(all(len(sibling) == 32 for sibling in path), f"{what}: the path has no hashes")
    siblings = iter(path)
    hash_ = digest(b"\x00", data)
    last = count - 1
    while last > 0:
        if index & 1 or index < last:
            sibling = next(siblings, None)
            require(sibling is not None, f"{what}: the path is too short")
            pair = (sibling, hash_) if index & 1 else (hash_, sibling)
            hash_ = digest(b"\x01", *pair)
        index, last = index >> 1, last >> 1
    require(next(siblings, None) is None, f"{what}: the path is too long")
    require(hash_ == root, f"{what}: the path does not lead to the root")


def check_state(root, key, value, proof, what):
    """Checks that the state has this record under this key, or with None that it has none."""
    require(proof is not None, f"{what}: there is no state proof")
    key_hash = digest(key)
    _check_shape(proof, key_hash, what)
    require(_root_of(proof, key_hash) == root, f"{what}: the state proof does not lead to the root")
    value_hash = None if value is None else digest(value)
    held = {entry.key_hash: entry.value_hash for entry in proof.bucket}
    require(held.get(key_hash) == value_hash, f"{what}: the state holds something else")


def _check_shape(proof, key_hash, what):
    """Checks what makes a state proof one for this key, before anything is hashed."""
    require(proof.depth <= DEPTH_MAX, f"{what}: the state proof is too deep")
    require(len(proof.siblings) == proof.depth, f"{what}: the siblings are not `depth` many")
    require(all(len(sibling) == 32 for sibling in proof.siblings), f"{what}: a sibling is no hash")
    require(len(proof.bucket) <= BUCKET_MAX, f"{what}: the bucket has too many entries")
    previous = b""
    for entry in proof.bucket:
        require(len(entry.key_hash) == len(entry.value_hash) == 32, f"{what}: an entry is no hash")
        require(previous < entry.key_hash, f"{what}: the entries do not ascend")
        same_prefix = _prefix(entry.key_hash, proof.depth) == _prefix(key_hash, proof.depth)
        require(same_prefix, f"{what}: an entry has another prefix")
        previous = entry.key_hash


def _prefix(key_hash, bits):
    return int.from_bytes(key_hash, "big") >> 256 - bits


def _root_of(proof, key_hash):
    hash_ = _end_of_path(proof)
    path = int.from_bytes(key_hash, "big")
    for height, sibling in enumerate(proof.siblings, start=256 - proof.depth):
        pair = (sibling, hash_) if path >> height & 1 else (hash_, sibling)
        hash_ = digest(b"piaolian/state/node/v1", *pair)
    return hash_


def _end_of_path(proof):
    if not proof.bucket:
        return digest(b"piaolian/state/empty/v1")
    entries = (entry.key_hash + entry.value_hash for entry in proof.bucket)
    return digest(b"piaolian/state/bucket/v1", u16(proof.depth), *entries)
