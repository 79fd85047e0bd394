from actors.computation.resuming cimport Answerable
from actors.runtime cimport arguments, native
from actors.runtime.actor cimport Actor
cimport cython

@cython.locals(me=Actor, runner=Answerable)
cpdef _made(fn, tuple args, tag, link, owner, handlers, deadline, shutdown, on)
