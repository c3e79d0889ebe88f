"""The JSON API: each route parses, calls the store or the queue, and returns."""
