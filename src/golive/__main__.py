"""``python -m golive``: the same as the ``golive`` command."""

from golive.cli.main import main

if __name__ == "__main__":
    main()
