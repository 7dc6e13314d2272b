import subprocess
import sys

import pytest

import watchers
from watchers.errors import WatchersError
from watchers.sources.folder import poll
from watchers.topics import TopicIndex


@pytest.mark.parametrize("name", watchers.__all__)
def test_every_public_name_can_be_imported(name):
    assert getattr(watchers, name) is not None


def test_public_names_are_those_of_their_modules():
    assert watchers.WatchersError is WatchersError
    assert watchers.poll is poll
    assert watchers.TopicIndex is TopicIndex


def test_an_unknown_name_raises_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        watchers.no_such_name  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.process
def test_the_errors_are_imported_without_the_parsers():
    code = "import sys, watchers.errors; print('selectolax' in sys.modules, 'pypdf' in sys.modules)"
    completed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert completed.stdout.split() == ["False", "False"]
