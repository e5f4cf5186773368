"""Ed25519 signatures under ZIP-215. PROTOCOL.md, "Conventions".

ZIP-215: the encodings of the key and of R need not be canonical, S must be below the order of
the base point, and the equation is the one with the cofactor: 8 S B = 8 R + 8 k A.

Points are in extended coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, x y = T/Z. A point that
is added often is kept as its *addend*: (Y + X, Y - X, 2 Z, 2 d T). Nothing here is secret, so
nothing here takes the same time for all inputs.
"""

from functools import lru_cache
from hashlib import sha512

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)
_IDENTITY = (0, 1, 1, 0)

_BASE_WIDTH = 8
_KEY_WIDTH = 5
_KEYS_KEPT = 256


def verify(public_key, message, signature):
    """Whether a signature of 64 bytes over the message holds under a key of 32 bytes."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    key_multiples = _multiples_of_negated_key(public_key)
    r = _decode_point(signature[:32])
    if s >= _ORDER or key_multiples is None or r is None:
        return False
    k = int.from_bytes(sha512(signature[:32] + public_key + message).digest(), "little") % _ORDER
    difference = _add(_sum_of_multiples(s, k, key_multiples), _addend(_negate(r)))
    for _ in range(3):
        difference = _double(difference)
    return _is_identity(difference)


def _decode_point(encoded):
    """The point with this encoding, canonical or not; None when there is none."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, (number & (1 << 255) - 1) % _P
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if (v * x * x + u) % _P == 0:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if (v * x * x - u) % _P != 0:
        return None
    if x & 1 != sign:
        x = -x % _P
    return (x, y, 1, x * y % _P)


def _negate(point):
    x, y, z, t = point
    return (-x, y, z, -t)


def _addend(point):
    x, y, z, t = point
    return ((y + x) % _P, (y - x) % _P, 2 * z % _P, 2 * _D * t % _P)


def _negate_addend(addend):
    plus, minus, z2, t2d = addend
    return (minus, plus, z2, -t2d)


def _add(point, addend):
    x, y, z, t = point
    plus, minus, z2, t2d = addend
    a, b = (y - x) * minus, (y + x) * plus
    c, d = t * t2d, z * z2
    e, f, g, h = (b - a) % _P, (d - c) % _P, (d + c) % _P, (b + a) % _P
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _double(point):
    x, y, z, _ = point
    xx, yy = x * x, y * y
    sum_of_both = x + y
    h = (xx + yy) % _P
    e = (h - sum_of_both * sum_of_both) % _P
    g = (xx - yy) % _P
    f = (2 * z * z + g) % _P
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _is_identity(point):
    x, y, z, _ = point
    return x % _P == 0 and (y - z) % _P == 0


def _odd_multiples(point, width):
    """The addends of the odd multiples of a point that signed digits of this width need."""
    multiples = [_addend(point)]
    twice = _addend(_double(point))
    for _ in range((1 << width - 2) - 1):
        point = _add(point, twice)
        multiples.append(_addend(point))
    return multiples


@lru_cache(maxsize=_KEYS_KEPT)
def _multiples_of_negated_key(public_key):
    point = _decode_point(public_key)
    return None if point is None else _odd_multiples(_negate(point), _KEY_WIDTH)


def _signed_digits(number, width):
    """Digits to base 2, lowest first: each is 0 or odd and less than 2^(width-1) either way."""
    digits = []
    while number:
        digit = 0
        if number & 1:
            digit = number & (1 << width) - 1
            if digit >> width - 1:
                digit -= 1 << width
            number -= digit
        digits.append(digit)
        number >>= 1
    return digits


def _sum_of_multiples(s, k, key_multiples):
    """s times the base point and k times the point whose odd multiples these are."""
    of_base, of_key = _signed_digits(s, _BASE_WIDTH), _signed_digits(k, _KEY_WIDTH)
    length = max(len(of_base), len(of_key))
    of_base += [0] * (length - len(of_base))
    of_key += [0] * (length - len(of_key))
    point = _IDENTITY
    for base_digit, key_digit in zip(reversed(of_base), reversed(of_key)):
        point = _double(point)
        if base_digit:
            point = _add(point, _multiple(_BASE_MULTIPLES, base_digit))
        if key_digit:
            point = _add(point, _multiple(key_multiples, key_digit))
    return point


def _multiple(odd_multiples, digit):
    if digit > 0:
        return odd_multiples[digit >> 1]
    return _negate_addend(odd_multiples[-digit >> 1])


def _base_point():
    y = 4 * pow(5, -1, _P) % _P
    return _decode_point(y.to_bytes(32, "little"))


_BASE_MULTIPLES = _odd_multiples(_base_point(), _BASE_WIDTH)
