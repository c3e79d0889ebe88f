"""TOP floor: everything that touches the outside: command line, web, settings, storage, jobs."""
