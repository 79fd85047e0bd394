cdef class Inbox:
    cdef public object calls
    cdef public bint closed
    cdef public int holders
    cdef public object lock
    cdef public object loop
    cdef public bint owns_hub
    cdef public object sleeper
    cdef public bint waking
    cdef public object watcher

    cpdef posted(self)
    cpdef wake(self)
    cpdef rouse(self)
    cpdef doze(self, timeout)
    cpdef fall_asleep(self)
    cpdef awake(self)
    cpdef take(self)
