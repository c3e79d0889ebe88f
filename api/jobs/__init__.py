"""Durable work: a job survives whatever happens to the machine. Knows no HTTP.

`queue` sends jobs, `worker` runs them on DBOS, `workflows` says what a job does, `children` and
`child` are the two ends of the process that does the heavy part, `stages` is what it does there.
The row of a job is the truth, DBOS only delivers it. `service` puts database, blobs and queue
together. Trap: a job may begin many times and be done by two workers at once; what makes its result
count once is the fence (`api/store/jobs.py`).
"""
