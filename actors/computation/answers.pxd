from actors.computation.run cimport Run
from actors.computation.transitions cimport Step
from actors.outcomes cimport Suspend
from actors.runtime.actor cimport Actor
from actors.runtime.scheduler cimport Scheduler
cimport cython

@cython.locals(me=Run, reply=Actor, scheduler=Scheduler, step=Step)
cpdef suspend(question)
@cython.locals(scheduler=Scheduler, owner=Actor)
cpdef published(Run me, suspension)
