"""One file a revision, named after it; a revision that was released is never edited."""
