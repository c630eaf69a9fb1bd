"""What the README says about reading results is run as it stands there."""

import re
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

SECTION = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Reading results\n")[1].split("\n## ")[0]
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", SECTION, flags=re.S)


@pytest.fixture(scope="module")
def checkout(folder, gforbit_program, cycles_file):
    """A folder that looks like a checkout in which a.h5 was made."""
    here = folder / "readme"
    (here / "build").mkdir(parents=True)
    (here / "jobs").mkdir()
    (here / "jobs" / "report").symlink_to(ROOT / "jobs" / "report")
    (here / "build" / "gforbit").symlink_to(gforbit_program.path)
    shutil.copy(cycles_file, here / "a.h5")
    return here


def run(checkout, *command, stdin=None):
    done = subprocess.run(command, cwd=checkout, input=stdin, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def blocks(language):
    found = [text for name, text in BLOCKS if name == language]
    assert found, language
    return found


def test_python_blocks(checkout):
    pytest.importorskip("xarray", reason="python3-xarray is not installed")
    pytest.importorskip("h5netcdf", reason="python3-h5netcdf is not installed")
    printed = run(checkout, sys.executable, "-B", "-", stdin="\n".join(blocks("python")))
    assert "completed" in printed and "max_period" in printed
    assert "number of states on the cycle" in printed  # xarray shows long_name


@pytest.mark.parametrize("line", "".join(blocks("sh")).splitlines())
def test_shell_lines(checkout, line):
    program = line.split()[0]
    if shutil.which(program) is None and not program.startswith("build/"):
        pytest.skip(f"{program} is not installed")
    run(checkout, "bash", "-c", line.replace("python3", f"{sys.executable} -B"))
    if "report" in line:
        assert (checkout / "report" / "index.html").exists()


def test_octave(checkout):
    if shutil.which("octave-cli") is None:
        pytest.skip("octave is not installed")
    (text,) = blocks("octave")
    run(checkout, "bash", "-c", "build/gforbit export a.h5 --table results/cycles --format csv > cycles.csv")
    printed = run(checkout, "octave-cli", "--quiet", "--no-init-file", "--eval", text)
    assert re.search(r"^\d+ cycles, the longest of \d+ steps$", printed, flags=re.M)


def test_julia(checkout):
    if shutil.which("julia") is None:
        pytest.skip("julia is not installed: Debian 12 has no package")
    assert "cycles, the longest of" in run(checkout, "julia", "-e", *blocks("julia"))
