# `worker` is a Python object: a subclass of greenlet is no extension type.
cimport actors.runtime.native as native
from actors.runtime.actor cimport Actor
from actors.runtime.turns cimport Turns
cimport cython

cdef class Books:
    cdef public Actor actor
    cdef public Actor follow
    cdef public int references
    cdef public Turns scheduler

cpdef bind(worker, Books books, Actor actor)
@cython.locals(actor=Actor)
cpdef begin(Books books)
@cython.locals(actor=Actor)
cpdef returned(worker, Books books, value)
@cython.locals(actor=Actor)
cpdef raised(worker, Books books, error)
@cython.locals(actor=Actor, follow=Actor, turns=Turns, pool=list)
cpdef go_on(worker, Books books)
