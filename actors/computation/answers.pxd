from actors.runtime.actor cimport Actor
from actors.computation.run cimport Run
from actors.computation.transitions cimport Step
from actors.runtime.scheduler cimport Scheduler
from actors.outcomes cimport Suspend
cimport cython
@cython.locals(me=Run, reply=Actor, scheduler=Scheduler, step=Step)
cpdef suspend(question)
@cython.locals(scheduler=Scheduler, owner=Actor)
cpdef published(Run me, suspension)
