"""The notation of rules for endings."""

from __future__ import annotations

from typing import TypeAlias

EndingRules: TypeAlias = dict[str, tuple[str, ...]]


def parse_rules(text: str) -> EndingRules:
    """Return rules written as ``ending: ending ending …``, one a line; "-" is the empty ending."""
    rules: EndingRules = {}
    # Folding turns the final sigma into the usual one.
    for line in text.replace("ς", "σ").split("\n"):
        ending, _, replacements = line.strip().partition(":")
        if ending:
            made = tuple("" if part == "-" else part for part in replacements.split())
            rules["" if ending == "-" else ending] = made
    # The longest ending applies.
    return dict(sorted(rules.items(), key=lambda rule: -len(rule[0])))
