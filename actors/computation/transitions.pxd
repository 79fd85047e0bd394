cdef class Step:
    cdef public object made
    cdef public State state

cdef class State:
    cdef public Step ask, cancel, kill, leave, notify, raise_, refuse, resume, return_, throw, withdraw
    cdef public str name, phase
