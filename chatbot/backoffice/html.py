"""Nodes of a page as text. Every text is escaped unless it is a node already."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

Child = object
_VOID = frozenset({"input", "meta", "link", "br", "hr", "img"})


class Node(str):
    """Markup that was made here and is not escaped again."""

    __slots__ = ()


def el(tag: str, *children: Child, **attributes: object) -> Node:
    """One element. An attribute that is None or False is left out, True stands without a value;
    a trailing underscore is dropped and inner ones become hyphens.

    >>> el("p", "a < b", class_="x", hidden=True)
    '<p class="x" hidden>a &lt; b</p>'
    """
    parts = []
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        name = name.rstrip("_").replace("_", "-")
        parts.append(f" {name}" if value is True else f' {name}="{escape(str(value))}"')
    opening = f"<{tag}{''.join(parts)}>"
    if tag in _VOID:
        return Node(opening)
    return Node(f"{opening}{many(children)}</{tag}>")


def many(children: Iterable[Child]) -> Node:
    """Children in a row; None and False are left out, lists and tuples are taken apart."""
    found = []
    for child in children:
        if child is None or child is False:
            continue
        if isinstance(child, Node):
            found.append(str(child))
        elif isinstance(child, list | tuple):
            found.append(str(many(child)))
        else:
            found.append(escape(str(child)))
    return Node("".join(found))
