from actors.runtime.actor cimport Actor
from actors.runtime.scheduler cimport Scheduler

cpdef _next_message(Actor me, Scheduler scheduler)
