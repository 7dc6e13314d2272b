"""What a console cannot show: pictures and files, written to a folder and told by their path."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.conversation.card import Card, Line, code, dim, line


def kept(card: Card, folder: Path | None) -> Card:
    """``card`` as lines alone: its picture and its file are in ``folder``, and said to be there.

    Writes files: for a thread. Without a folder, or one that cannot be written, that is said instead.
    """
    above: list[Line] = []
    below: list[Line] = []
    if card.image is not None:
        above += [line(code(card.image.sketch))] if card.image.sketch else []
        where = _written(folder, card.image.name, card.image.data)
        below.append(line(dim(f"The picture: {where}")))
    if card.file is not None:
        where = _written(folder, card.file.name, card.file.data)
        below.append(line(f"The file: {where}"))
    if not above and not below:
        return card
    return replace(card, lines=(*above, *card.lines, *below), image=None, file=None)


def _written(folder: Path | None, name: str, data: bytes) -> str:
    if folder is None:
        return f"{name}, which is kept nowhere here"
    path = folder / Path(name).name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}"
    return str(path)
