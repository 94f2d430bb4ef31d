"""`python -m workbench` is `backend-tui`."""

from workbench.cli.main import main

if __name__ == "__main__":
    main()
