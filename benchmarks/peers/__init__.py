"""Other systems on the same work: asyncio, pykka and Erlang/OTP beside ours and raw gevent.

A peer does each work as its own manual teaches, without tricks. `python -m benchmarks.peers` prints the table.
"""
