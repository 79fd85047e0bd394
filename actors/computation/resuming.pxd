from actors.computation.following cimport Followed
from actors.runtime.actor cimport Actor
from actors.runtime.turns cimport Turns
from actors.computation.transitions cimport Step
cimport cython

cdef class Resumable(Followed):
    cpdef resume_slowly(self, value, token, timeout)
    cpdef after_answer(self, Actor me, Actor asker, timeout)
