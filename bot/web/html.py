"""HTML that is always escaped: text goes in as text, only elements made here come out as markup."""

from __future__ import annotations

from html import escape


class Markup(str):
    """A piece of HTML that is known to be sound."""

    __slots__ = ()


def element(name: str, *inside: str | Markup, **attributes: str) -> Markup:
    """``<name …>inside</name>``; whatever is not `Markup` is escaped. ``class_`` is "class"."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
    )
    return Markup(f"<{name}{said}>{joined(*inside)}</{name}>")


def joined(*parts: str | Markup) -> Markup:
    """The parts one after the other, text among them escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))
