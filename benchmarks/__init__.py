"""What the runtime costs, each subject beside the same work in idiomatic gevent, measured in the same run.

`python -m benchmarks` prints the table; README.md says how to read it. One subject a file: the work (`ours`), the same
work on `benchmarks.baseline`, and what is asked of it (`Target`). A slow machine fails nothing; only wrong results do.
"""
