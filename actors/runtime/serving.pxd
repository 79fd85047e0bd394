from actors.runtime.actor cimport Actor
from actors.runtime.turns cimport Turns
cimport cython

cpdef bind(worker, Actor actor)
@cython.locals(turns=Turns, actor=Actor, follow=Actor)
cpdef serve(worker)
@cython.locals(actor=Actor)
cpdef run_actor(worker, scheduler)
cpdef without_this_frame(error)
