"""The two errors that gankit raises on purpose, and the one way to word them."""


class InputError(ValueError):
    """What came from outside cannot be used.

    The message says what was expected, what came and how to mend it. The command line prints it
    in one line and exits with 2.

    Args:
        about: what is wrong, or the whole message.
        expected: what would have been right; the form is then "about. Expected ... Received: ...".
        received: what came instead.
        mend: what to do about it, a sentence without its full stop.
    """

    def __init__(self, about, expected=None, received=None, mend=None):
        parts = [about]
        if expected is not None:
            parts += [f"Expected {expected}", f"Received: {received}"]
        super().__init__(". ".join([*parts, mend] if mend else parts))

    @classmethod
    def argument(cls, name, value, expected, mend=None):
        """Returns the error for a value that an argument cannot have."""
        about = f"Invalid value received for argument `{name}`"
        return cls(about, expected, f"{name}={value!r}", mend)


class TrainingDiverged(ArithmeticError):
    """A loss or a weight is not finite, so training has stopped."""

    MEND = (
        "Lower the learning rate, or look for pixels out of range, or for the logarithm of 0 in a "
        "loss of your own"
    )


def check_integer(name, value, least=1, most=None, mend=None):
    """Refuses what is not an integer from `least` to `most`; any integer type passes."""
    integer = hasattr(value, "__index__") and not isinstance(value, bool)
    if integer and least <= value and (most is None or value <= most):
        return
    if most is None:
        expected = "a positive integer" if least == 1 else f"an integer of at least {least}"
    else:
        expected = f"an integer from {least} to {most}"
    raise InputError.argument(name, value, expected, mend)


def check_choice(name, value, choices, mend=None):
    """Refuses what is not one of the choices, with an error that names them all."""
    if value not in choices:
        raise InputError.argument(name, value, f"one of {', '.join(map(str, choices))}", mend)
