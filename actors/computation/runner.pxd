from actors.computation.resuming cimport Answerable
cimport actors.runtime.arguments as arguments
cimport actors.runtime.native as native
from actors.runtime.actor cimport Actor
cimport cython

@cython.locals(me=Actor, runner=Answerable)
cpdef Answerable _made(fn, tuple args, tag, link, owner, handlers, deadline, shutdown, on)
