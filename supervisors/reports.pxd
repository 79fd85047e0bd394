from supervisors.child cimport Child

cdef class Reports:
    cdef public bint is_child
    cdef public object lines
    cdef public object path
    cdef public object shared
    cdef public object supervisor

    cpdef started(self, Child child)
    cpdef ended(self, Child child, ref, reason)
    cpdef restarted(self, Child child)
    cpdef stopped(self, Child child, ref, reason)
