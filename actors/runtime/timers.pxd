cimport cython

cdef class LineTimer:
    cdef public LineTimer after
    cdef public LineTimer before
    cdef public object callback
    cdef public double due
    cdef public Line line

    cpdef stop(self)
    @cython.locals(line=Line, before=LineTimer, after=LineTimer)
    cpdef leave(self)

cdef class Line:
    cdef public LineTimer first
    cdef public LineTimer last
    cdef public dict lines
    cdef public object loop
    cdef public object running
    cdef public double seconds
    cdef public object whole

    cpdef LineTimer start(self, callback)
    cpdef rest(self)

@cython.locals(line=Line)
cpdef LineTimer start_in_line(dict lines, loop, seconds, callback)
