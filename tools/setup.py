"""Set up this checkout: Python packages, a browser, a Chinese font, the Allure generator.

Standard library only. Run by ``make setup`` with any Python 3; needs 3.11 or newer and looks for
one itself, so this file keeps to what an old one can read. Exit 0 when golive can run (a part that
is missing is named and recorded), 3 when not.
"""

import shutil
import subprocess
import sys

#: Newest first: what to run instead when started by an older Python.
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
ENOUGH = "import sys; sys.exit(sys.version_info < (3, 11))"


def newer_python() -> str:
    """Return a Python that is new enough and runs, or an empty string."""
    for name in NEWER:
        found = shutil.which(name)
        # Version managers leave programs on PATH that only say that they are not chosen.
        if found and subprocess.call([found, "-c", ENOUGH], stderr=subprocess.DEVNULL) == 0:
            return found
    return ""


def main(argv: "list[str]") -> int:
    """Run the set-up, in a new enough Python."""
    if sys.version_info >= (3, 11):  # noqa: UP036 - started by whatever python3 is
        from provision.steps import main as set_up  # noqa: PLC0415 - not for an old Python

        return set_up(argv[1:])
    found = newer_python()
    if found:
        return subprocess.call([found, *argv])
    sys.stderr.write(
        f"set-up needs Python 3.11 or newer and this is {sys.version.split()[0]} "
        "(install python3.11, then run make PYTHON=python3.11 setup)\n"
    )
    return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv))
