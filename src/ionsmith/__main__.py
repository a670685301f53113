"""``python -m ionsmith``."""

from ionsmith.cli.main import main

if __name__ == "__main__":
    main()
