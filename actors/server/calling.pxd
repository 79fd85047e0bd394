# `Call` stays a Python class: unset fields mean something.
from actors.runtime.actor cimport Actor
from actors.runtime.scheduler cimport Scheduler
cimport cython

@cython.locals(me=Actor, to=Actor, scheduler=Scheduler)
cpdef wait_for_reply(made, server, request, timeout)
cpdef waited(Actor me)
