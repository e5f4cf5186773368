"""Why a proof file does not hold."""


class Refused(Exception):
    """The file, or a part of it, does not show what it claims; the message says why."""


def require(condition, reason):
    """Refuses for this reason unless the condition is true."""
    if not condition:
        raise Refused(reason)
