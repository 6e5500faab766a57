"""``python -m cli`` is ``dosecal``."""

from cli.main import main

main()
