from actors.codec.plain cimport pack
from actors.codec.plain cimport unpack
cimport cython

cdef class Recalled:
    cdef public object answer
    cdef public object body
    cdef public object form
    cdef public int kind
    cdef public object start
    cdef public object until

cdef class Past:
    cdef public dict at
    cdef public dict cancels
    cdef public dict marks
    cdef public list order

    @cython.locals(found=Recalled)
    cpdef _add(self, number, int kind, payload)

cpdef unpacked(payload)
cpdef packed_question(number, where, form)
