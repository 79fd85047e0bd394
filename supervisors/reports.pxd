from supervisors.child cimport Child

cdef class Reports:
    cdef public object _ended
    cdef public object _started
    cdef public object _stopped
    cdef public object supervisor

    cpdef started(self, Child child)
    cpdef ended(self, Child child, ref, reason)
    cpdef restarted(self, Child child)
    cpdef stopped(self, Child child, ref, reason)
