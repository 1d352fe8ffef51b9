"""`python -m sockbench` is the same as the `sockbench` command."""

from sockbench.cli.entry import main

if __name__ == "__main__":
    main()
