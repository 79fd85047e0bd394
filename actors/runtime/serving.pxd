# `worker` is a Python object: a subclass of greenlet is no extension type.
from actors.runtime.actor cimport Actor
from actors.runtime.turns cimport Turns
cimport cython

cpdef bind(worker, Actor actor)
@cython.locals(actor=Actor)
cpdef begin(worker)
@cython.locals(actor=Actor)
cpdef returned(worker, value)
@cython.locals(actor=Actor)
cpdef raised(worker, error)
@cython.locals(actor=Actor, follow=Actor, turns=Turns, pool=list)
cpdef go_on(worker)
cpdef without_this_frame(error)
