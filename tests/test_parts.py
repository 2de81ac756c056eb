"""`make test` on machines that have, may install, or do without what pip cannot bring."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent
APT = 'echo "apt-get $*" >&2; case "$*" in *install*) {install};; esac'


def machine(folder, *, chromium=False, apt=None, root=False, sudo=None, result=0):
    """A copy of the script in a folder whose PATH holds these commands only."""
    tools = folder / "bin"
    tools.mkdir()

    def command(name, text, where=tools):
        path = where / name
        path.write_text(f"#!{shutil.which('bash')}\n{text}\n")
        path.chmod(0o755)

    for name in ("dirname", "env", "bash", "chmod", "true"):
        (tools / name).symlink_to(shutil.which(name))
    command("id", f"echo {0 if root else 1000}")
    if chromium:
        command("chromium-browser", "")
    if apt is not None:
        works = f"printf '' >{tools}/chromium; chmod +x {tools}/chromium"
        command("apt-get", APT.format(install=works if apt else "exit 100"))
    if sudo is not None:
        command("sudo", '[ "$1" = -n ] && shift && exec "$@"' if sudo else "exit 1")
    (folder / ".ci").mkdir()
    shutil.copy(HERE / ".ci" / "test", folder / ".ci" / "test")
    (folder / ".venv" / "bin").mkdir(parents=True)
    command("python", f'echo "python $*"; exit {result}', folder / ".venv" / "bin")
    return folder


def run(folder, *arguments):
    return subprocess.run(
        [folder / ".ci" / "test", *arguments],
        env={"PATH": str(folder / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


LEFT_OUT = (
    "Left out: tests marked 'browser', for want of chromium. "
    "To add them: sudo apt-get install -y chromium && make test"
)


@pytest.mark.parametrize(
    "there",
    [
        {"chromium": True},
        {"apt": True, "root": True},
        {"apt": True, "sudo": True},
    ],
)
def test_with_chromium_found_or_installed(tmp_path, there):
    done = run(machine(tmp_path, **there), "-x")
    assert done.stdout == "python -m pytest -n 2 -x\n"
    assert done.returncode == 0
    assert ("apt-get install" in done.stderr) == ("apt" in there)
    assert run(tmp_path, "--all").returncode == 0


@pytest.mark.parametrize(
    "there",
    [
        {},
        {"apt": True},
        {"apt": True, "sudo": False},
        {"apt": False, "root": True},
        {"apt": False, "sudo": True},
    ],
)
@pytest.mark.parametrize("result", [0, 1])
def test_without(tmp_path, there, result):
    done = run(machine(tmp_path, result=result, **there))
    first, *_, last = done.stdout.splitlines()
    assert first == "python -m pytest -n 2 -m not (browser)"
    assert last == LEFT_OUT
    assert done.returncode == result
    demanded = run(tmp_path, "--all")
    assert demanded.returncode == 1
    assert "python" not in demanded.stdout
    assert "chromium. Remedy: sudo apt-get install -y chromium" in demanded.stderr


def test_every_marker_has_its_part():
    """A test marked for a part that the script does not know would never be left out."""
    lines = (HERE / ".ci" / "test").read_text().partition('parts="\n')[2].partition('\n"')[0]
    parts = {line.split()[0] for line in lines.splitlines()}
    declared = (HERE / "pyproject.toml").read_text().partition("markers = [")[2].partition("]")[0]
    assert parts == {entry.partition(":")[0] for entry in declared.split('"')[1::2]}
