"""An archive of calls, checked in one go: `icp batch`.

`listing` says which files there are, `state` what is done, `crew` works on the rest with processes
(`child`, `work`), `tables`, `rows` and `summary` write what came out. Trap: whatever is killed in
between, the same files give the same tables; so nothing in them may depend on time or order.
"""
