"""What the sources report beside what was measured here: docs/results.md, from files alone."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "claims": ["CLAIMS", "Claim", "Finding"],
        "measured": ["Measured", "read_results"],
        "page": ["page", "short_table", "write_report"],
    },
)
