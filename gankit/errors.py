"""The two errors that gankit raises on purpose."""


class InputError(ValueError):
    """What came from outside cannot be used.

    The message says what was expected, what came and how to mend it. The command line prints it
    in one line and exits with 2.
    """


class TrainingDiverged(ArithmeticError):
    """A loss or a weight is no longer a finite number, so training has stopped."""
