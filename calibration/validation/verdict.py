"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Verdict:
    """One check: passed, failed, or neither (``None``: it informs and cannot fail).

    Attributes
    ----------
    line : str
        What was found, on one line.
    figures : dict
        The numbers behind it.
    """

    name: str
    passed: bool | None
    line: str
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def word(self) -> str:
        """``passed``, ``failed`` or ``see``.

        >>> Verdict("ranks", None, "").word
        'see'
        """
        return "see" if self.passed is None else "passed" if self.passed else "failed"
