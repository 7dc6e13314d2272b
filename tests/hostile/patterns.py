"""Collect each regular expression of ``bot`` and ``watchers`` with the ways in which it is applied."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import ModuleType
from typing import Any

import regex

import bot
import watchers

Compiled = Any
"""A pattern of ``re`` or of ``regex``."""

_KINDS = (re.Pattern, regex.Pattern)
FUNCTIONS = {"match", "search", "fullmatch", "findall", "finditer", "sub", "subn", "split"}
ANCHORED = {"match", "fullmatch"}
_DEEPEST = 6


@dataclass(frozen=True)
class Found:
    """One pattern and the methods with which the tree applies it."""

    where: str
    pattern: Compiled
    methods: frozenset[str]


@cache
def modules() -> tuple[ModuleType, ...]:
    names = [
        info.name
        for package in (bot, watchers)
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not info.name.endswith("__main__") and ".migrations" not in info.name
    ]
    return tuple(importlib.import_module(name) for name in names)


@cache
def patterns() -> tuple[Found, ...]:
    """Return the patterns of all modules, each pattern of a module once."""
    found: dict[tuple[object, ...], Found] = {}
    for module in modules():
        tree = ast.parse(inspect.getsource(module))
        for pattern, where, methods in (
            *_constants(module, tree),
            *_in_functions(module, tree),
        ):
            key = (type(pattern), pattern.pattern, pattern.flags)
            before = found[key].methods if key in found else frozenset()
            found[key] = Found(
                found[key].where if key in found else where, pattern, before | methods
            )
    return tuple(found.values())


@dataclass(frozen=True)
class _Uses:
    """How one module applies its patterns: methods by name, and names that are handed on."""

    methods: Mapping[str, frozenset[str]]
    handed_on: frozenset[str]


def _uses(tree: ast.Module) -> _Uses:
    methods: dict[str, set[str]] = {}
    owners: set[int] = set()
    handed_on: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in FUNCTIONS:
            owner = node.value
            if isinstance(owner, ast.Name):
                owners.add(id(owner))
                methods.setdefault(owner.id, set()).add(node.attr)
            elif isinstance(owner, ast.Attribute):
                methods.setdefault(owner.attr, set()).add(node.attr)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in owners:
            handed_on.add(node.id)
    return _Uses({name: frozenset(used) for name, used in methods.items()}, frozenset(handed_on))


def _constants(
    module: ModuleType, tree: ast.Module
) -> Iterator[tuple[Compiled, str, frozenset[str]]]:
    uses = _uses(tree)
    direct = {name for name, value in vars(module).items() if isinstance(value, _KINDS)}
    # A pattern of a table, or one that is handed to a function, is applied under a local name.
    local = frozenset[str]().union(
        *(
            used
            for name, used in uses.methods.items()
            if name not in direct and name not in {"re", "regex"}
        )
    ) or frozenset({"search", "fullmatch"})
    for name, value in list(vars(module).items()):
        methods = uses.methods.get(name, frozenset())
        if name not in direct or name in uses.handed_on:
            methods |= local
        for pattern in _within(value, module.__name__, _DEEPEST):
            yield pattern, f"{module.__name__}.{name}", methods


def _within(value: object, module: str, depth: int) -> Iterator[Compiled]:  # noqa: C901 - one case per type
    if isinstance(value, _KINDS):
        yield value
    elif not depth:
        return
    elif isinstance(value, Mapping):
        for inner in [*value.keys(), *value.values()]:
            yield from _within(inner, module, depth - 1)
    elif isinstance(value, tuple | list | set | frozenset):
        for inner in value:
            yield from _within(inner, module, depth - 1)
    elif isinstance(value, type):
        if value.__module__ == module:
            for inner in list(vars(value).values()):
                yield from _within(inner, module, depth - 1)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _within(getattr(value, field.name, None), module, depth - 1)


def _in_functions(
    module: ModuleType, tree: ast.Module
) -> Iterator[tuple[Compiled, str, frozenset[str]]]:
    """Yield the patterns of calls such as ``re.sub(r"…", …)`` with a literal pattern."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = node.func.value
        if not (isinstance(owner, ast.Name) and owner.id in {"re", "regex"} and node.args):
            continue
        if node.func.attr not in FUNCTIONS | {"compile"}:
            continue
        source = _literal(node.args[0], vars(module))
        if source is None:
            continue
        flags = 0
        position = {"compile": 1, "sub": 4, "subn": 4, "split": 3}.get(node.func.attr, 2)
        given = [word.value for word in node.keywords if word.arg == "flags"] + node.args[position:]
        if given:
            flags = eval(ast.unparse(given[0]), dict(vars(module)))
        library = getattr(module, owner.id)
        method = node.func.attr
        yield (
            library.compile(source, flags),
            f"{module.__name__}:{node.lineno}",
            frozenset() if method == "compile" else frozenset({method}),
        )


def _literal(node: ast.expr, names: Mapping[str, object]) -> str | bytes | None:
    """Return the text of a literal, with names of the module put in; None for anything else."""
    try:
        value = eval(ast.unparse(node), dict(names))
    except NameError:
        return None
    return value if isinstance(value, str | bytes) else None
