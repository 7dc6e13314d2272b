"""Collect the regular expressions of ``bot`` and ``watchers`` with the methods that apply them."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from types import ModuleType
from typing import Any

import regex

import bot
import watchers
from watchers.text.lazy_pattern import LazyPattern

Compiled = Any
"""A pattern of ``re`` or of ``regex``."""

_PATTERN_TYPES = (re.Pattern, regex.Pattern, LazyPattern)
METHODS = {"match", "search", "fullmatch", "findall", "finditer", "sub", "subn", "split"}
ANCHORED = {"match", "fullmatch"}
_MAX_DEPTH = 6


@dataclass(frozen=True)
class AppliedPattern:
    """A pattern and the methods that the code calls on it."""

    place: str
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
def patterns() -> tuple[AppliedPattern, ...]:
    """Return the patterns of all modules, each one once."""
    result: dict[tuple[object, ...], AppliedPattern] = {}
    for module in modules():
        constants = [
            (name, pattern)
            for name, value in list(vars(module).items())
            for pattern in _within(value, module.__name__, _MAX_DEPTH)
        ]
        if not constants and {"re", "regex"}.isdisjoint(vars(module)):
            continue
        nodes = list(ast.walk(ast.parse(inspect.getsource(module))))
        for pattern, place, methods in (
            *_constants(module, nodes, constants),
            *_in_functions(module, nodes),
        ):
            key = (type(pattern), pattern.pattern, pattern.flags)
            first = result.get(key, AppliedPattern(place, pattern, frozenset()))
            result[key] = replace(first, methods=first.methods | methods)
    return tuple(result.values())


@dataclass(frozen=True)
class _Uses:
    """The methods that a module calls on each name, and the names that it passes on."""

    methods: Mapping[str, frozenset[str]]
    passed_on: frozenset[str]


def _uses(nodes: Sequence[ast.AST]) -> _Uses:
    methods: dict[str, set[str]] = {}
    owners: set[int] = set()
    passed_on: set[str] = set()
    texts = _text_parameters(nodes)
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            owner = node.value
            if id(owner) in texts:
                continue
            if isinstance(owner, ast.Name):
                owners.add(id(owner))
                methods.setdefault(owner.id, set()).add(node.attr)
            elif isinstance(owner, ast.Attribute):
                methods.setdefault(owner.attr, set()).add(node.attr)
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in owners:
            passed_on.add(node.id)
    return _Uses({name: frozenset(names) for name, names in methods.items()}, frozenset(passed_on))


def _text_parameters(nodes: Sequence[ast.AST]) -> set[int]:
    """Return the nodes that name a parameter of type ``str``: its ``split`` is not that of a pattern."""
    texts: set[int] = set()
    for function in nodes:
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        arguments = function.args
        names = {
            argument.arg
            for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
            if argument.annotation is not None and ast.unparse(argument.annotation) == "str"
        }
        if names:
            texts.update(
                id(node)
                for node in ast.walk(function)
                if isinstance(node, ast.Name) and node.id in names
            )
    return texts


def _constants(
    module: ModuleType, nodes: Sequence[ast.AST], constants: Sequence[tuple[str, Compiled]]
) -> Iterator[tuple[Compiled, str, frozenset[str]]]:
    uses = _uses(nodes)
    direct = {name for name, value in vars(module).items() if isinstance(value, _PATTERN_TYPES)}
    # A pattern of a table, or one that is passed to a function, is applied under a local name.
    local = frozenset[str]().union(
        *(
            methods
            for name, methods in uses.methods.items()
            if name not in direct and name not in {"re", "regex"}
        )
    ) or frozenset({"search", "fullmatch"})
    for name, pattern in constants:
        methods = uses.methods.get(name, frozenset())
        if name not in direct or name in uses.passed_on:
            methods |= local
        yield pattern, f"{module.__name__}.{name}", methods


def _within(value: object, module: str, depth: int) -> Iterator[Compiled]:  # noqa: C901 - one case per type
    if isinstance(value, LazyPattern):
        yield value.compiled
    elif isinstance(value, _PATTERN_TYPES):
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
    module: ModuleType, nodes: Sequence[ast.AST]
) -> Iterator[tuple[Compiled, str, frozenset[str]]]:
    """Yield the patterns of calls such as ``re.sub(r"…", …)`` with a literal pattern."""
    for node in nodes:
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = node.func.value
        if not (isinstance(owner, ast.Name) and owner.id in {"re", "regex"} and node.args):
            continue
        if node.func.attr not in METHODS | {"compile"}:
            continue
        source = _literal(node.args[0], vars(module))
        if source is None:
            continue
        flags = 0
        position = {"compile": 1, "sub": 4, "subn": 4, "split": 3}.get(node.func.attr, 2)
        keyword_flags = [keyword.value for keyword in node.keywords if keyword.arg == "flags"]
        flag_nodes = keyword_flags + node.args[position:]
        if flag_nodes:
            flags = eval(ast.unparse(flag_nodes[0]), dict(vars(module)))
        library = getattr(module, owner.id)
        method = node.func.attr
        yield (
            library.compile(source, flags),
            f"{module.__name__}:{node.lineno}",
            frozenset() if method == "compile" else frozenset({method}),
        )


def _literal(node: ast.expr, names: Mapping[str, object]) -> str | bytes | None:
    """Return the value of a literal that may use names of the module; None for other expressions."""
    try:
        value = eval(ast.unparse(node), dict(names))
    except NameError:
        return None
    return value if isinstance(value, str | bytes) else None
