"""What each command does, one file a command; options and help are in `api/cli.py`."""
