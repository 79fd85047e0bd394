from actors.runtime.actor cimport Actor
from actors.runtime.doom cimport Doom
from actors.runtime.scheduler cimport Scheduler
cimport cython

@cython.locals(doom=Doom)
cpdef _next_message(Actor me, Scheduler scheduler)
