from actors.runtime.actor cimport Actor
from actors.runtime.scheduler cimport Scheduler
cimport cython

@cython.locals(to=Actor, scheduler=Scheduler)
cpdef send(ref, message)
cpdef _next_message(Actor me, Scheduler scheduler)
