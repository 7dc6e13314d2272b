"""HTML that is always escaped: text goes in as text, only elements made here come out as markup."""

from __future__ import annotations

from html import escape


class Markup(str):
    """A piece of HTML that is known to be sound."""

    __slots__ = ()


def element(name: str, /, *inside: str | Markup, **attributes: str) -> Markup:
    """``<name …>inside</name>``; whatever is not `Markup` is escaped. ``class_`` is "class"."""
    return Markup(f"<{name}{_said(attributes)}>{joined(*inside)}</{name}>")


def void(name: str, /, **attributes: str) -> Markup:
    """``<name …>``: an HTML element that has no inside. Those of SVG all have an end."""
    return Markup(f"<{name}{_said(attributes)}>")


def joined(*parts: str | Markup) -> Markup:
    """The parts one after the other, text among them escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))


def _said(attributes: dict[str, str]) -> str:
    return "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
    )
