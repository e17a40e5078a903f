"""The part of the page on tuned recipes: the same layers, trained as one would today."""


def tuned_part(found):
    return ""
