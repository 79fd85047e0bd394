from actors.runtime.actor cimport Actor
from actors.runtime.doom cimport Doom
from actors.runtime.scheduler cimport Scheduler

cpdef _next_message(Actor me, Scheduler scheduler)
