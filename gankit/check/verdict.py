"""What a check says, and how it says it."""

import functools

_given = []  # the verdicts since the last `grade`


class Wrong(Exception):
    """What is wrong, in a student's words; raised within a check and never out of it."""


class Verdict:
    """What a check found; true if the student's work is right.

    Attributes:
        right: bool.
        line: what was printed.
        mine: what was checked.
    """

    def __init__(self, right, line, mine):
        self.right, self.line, self.mine = right, line, mine

    def __bool__(self):
        return self.right

    def __repr__(self):
        return f"Verdict(right={self.right})"

    def _ipython_display_(self):
        """Shows nothing at the end of a cell, because the line has been printed."""

    def otherwise(self, theirs):
        """Returns the student's own work if it is right, else what `theirs()` returns.

        So the lesson goes on for everybody, if need be with the kit's version.
        """
        if self.right:
            return self.mine
        print("the lesson goes on with the kit's own")
        return theirs()

    def wrong_on_purpose(self):
        """Hides this verdict from `grade`, because the lesson only shows what a check refuses."""
        _given.remove(self)


def check(function):
    """Turns a function into a check; it raises `Wrong`, or returns what to say about right work."""

    @functools.wraps(function)
    def checked(mine, *args, **options):
        try:
            if mine is None or mine is ...:
                raise Wrong("there is nothing here to check; write your code above and run it")
            right, line = True, f"right: {function(mine, *args, **options)}"
        except Wrong as error:
            right, line = False, f"not yet: {error}"
        except Exception as error:  # a student's code may raise anything
            reason = (str(error).strip().splitlines() or ["without a message"])[0]
            right, line = False, f"not yet: it stopped with {type(error).__name__}: {reason[:200]}"
        print(line)
        verdict = Verdict(right, line, mine)
        _given.append(verdict)
        return verdict

    return checked


def answer(mine, *args):
    """Returns what a student's function returns; raises `Wrong` if that is nothing."""
    value = mine(*args)
    if value is None or value is ...:
        raise Wrong(f"`{mine.__name__}` returns nothing; write its body, and `return` the result")
    return value


def grade():
    """Raises an AssertionError if a check since the last call was not right: for graded cells.

    A graded cell runs checks and then calls this, so nbgrader gives no points for wrong work.
    """
    lines = [verdict.line for verdict in _given if not verdict]
    _given.clear()
    assert not lines, "; ".join(lines)
