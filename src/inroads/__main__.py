"""The command `inroads`, also as `python -m inroads`."""

import sys

from inroads.errors import MissingExtraError, require_extra


def main() -> None:
    """Run the command line, or say in one line what it needs."""
    try:
        require_extra("study", "typer", "rich", "pydantic")
    except MissingExtraError as error:
        sys.exit(f"Error: {error}")
    from inroads.cli import app

    app()


if __name__ == "__main__":
    main()
