from actors.computation.following cimport Followed
from actors.runtime.actor cimport Actor

cdef class Answerable(Followed):
    cpdef resume_slowly(self, value, token, timeout)
    cpdef after_answer(self, Actor me, Actor asker, timeout)
