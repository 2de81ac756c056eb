"""One run at a time in a folder."""

import os
import time
from pathlib import Path

import pytest

from inroads.errors import InputError
from inroads.uncertainty.folder_lock import alone_in


def test_a_second_run_is_refused_until_the_first_is_over(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "one"
    with alone_in(folder):
        with pytest.raises(InputError, match="another run"), alone_in(folder):
            pass
        (folder / "kept").touch()
    with alone_in(folder):
        assert (folder / "kept").exists()


def test_nothing_is_left_of_a_run_that_came_to_nothing(tmp_path: Path) -> None:
    with alone_in(tmp_path / "runs" / "one"):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("ignore:.*fork")
def test_a_process_forked_meanwhile_does_not_keep_the_folder(tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    with alone_in(tmp_path):
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
    try:
        with alone_in(tmp_path):
            pass
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
