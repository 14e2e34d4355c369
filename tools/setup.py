"""Set up this checkout: Python packages, a browser, a Chinese font, the Allure generator.

Standard library only. Run by ``make setup`` with any Python; needs 3.11 or newer and looks for one
itself. Exit 0 when golive can run (a part that is missing is named and recorded), 3 when not.
"""

from __future__ import annotations

import os
import shutil
import sys

#: Newest first: what to run instead when started by an older Python.
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")


def main(argv: list[str]) -> int:
    """Run the set-up, in a new enough Python."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this very check is why the file stays simple
        for name in NEWER:
            found = shutil.which(name)
            if found:
                os.execv(found, [found, *argv])  # noqa: S606
        sys.stderr.write(
            f"set-up needs Python 3.11 or newer and this is {sys.version.split()[0]} "
            "(install python3.11, then run make PYTHON=python3.11 setup)\n"
        )
        return 3
    from provision.steps import main as set_up  # noqa: PLC0415 - not readable by an old Python

    return set_up(argv[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv))
