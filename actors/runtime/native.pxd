# `native.py` in C, for the modules that name it.
from cpython.dict cimport PyDict_GetItem
from cpython.object cimport PyObject, PyObject_GenericSetAttr

cdef extern from *:
    """
    typedef PyCodeObject actors_code;
    #define actors_code_of(function) ((PyCodeObject *)PyFunction_GET_CODE(function))
    #define actors_next_of(trace) ((PyObject *)((PyTracebackObject *)(trace))->tb_next)
    #define actors_frame_of(trace) ((PyObject *)((PyTracebackObject *)(trace))->tb_frame)
    #define actors_globals_of(frame) PyFrame_GetGlobals((PyFrameObject *)(frame))
    #define actors_qualname_of(function) (((PyFunctionObject *)(function))->func_qualname)
    #define actors_made(kind, args) (((PyTypeObject *)(kind))->tp_new((PyTypeObject *)(kind), args, NULL))
    static inline PyObject *actors_named(PyObject *kind, PyObject *values) {
        Py_ssize_t count = PyTuple_GET_SIZE(values), at;
        PyObject *named = ((PyTypeObject *)kind)->tp_alloc((PyTypeObject *)kind, count);
        if (named == NULL) return NULL;
        for (at = 0; at < count; at++) {
            PyObject *value = PyTuple_GET_ITEM(values, at);
            Py_INCREF(value);
            PyTuple_SET_ITEM(named, at, value);
        }
        return named;
    }
    """
    ctypedef struct actors_code:
        int co_argcount
        int co_flags
        int co_kwonlyargcount
    actors_code *actors_code_of(object function)
    PyObject *actors_next_of(PyObject *trace)
    PyObject *actors_frame_of(PyObject *trace)
    object actors_globals_of(object frame)
    object actors_named(object kind, object values)
    object actors_made(object kind, object args)
    bint PyFunction_Check(object thing)
    bint PyMethod_Check(object thing)
    PyObject *PyMethod_Function(object method)
    PyObject *PyFunction_GET_DEFAULTS(object function)
    PyObject *PyException_GetTraceback(object error)
    int PyException_SetTraceback(object error, PyObject *trace) except -1
    void Py_XDECREF(PyObject *thing)
    PyObject *Py_None
    bint PyObject_TypeCheck(object thing, type kind)
    int PyContextVar_Get(object variable, PyObject *default, PyObject **value) except -1
    PyObject **_PyObject_GetDictPtr(object thing)
    Py_ssize_t PyDict_Size(PyObject *attributes)
    void Py_DECREF(PyObject *thing)

cdef extern from *:
    ctypedef class types.TracebackType [object PyTracebackObject]:
        @property
        cdef inline object tb_frame(self):
            return <object>actors_frame_of(<PyObject *>self)
        @property
        cdef inline object tb_next(self):
            after = actors_next_of(<PyObject *>self)
            return None if after is NULL else <object>after

# Of inspect: CO_GENERATOR, CO_COROUTINE, CO_ITERABLE_COROUTINE and CO_ASYNC_GENERATOR; and CO_VARARGS.
cdef enum:
    NOT_PLAIN = 0x0020 | 0x0080 | 0x0100 | 0x0200
    VARARGS = 0x0004

cdef inline bint fits(object function, Py_ssize_t given) noexcept:
    if PyMethod_Check(function):
        function = <object>PyMethod_Function(function)
        given += 1
    if not PyFunction_Check(function):  # a function's type has no subclasses
        return False
    defaults = PyFunction_GET_DEFAULTS(function)
    if defaults is not NULL and defaults is not Py_None:
        return False
    code = actors_code_of(function)
    if code.co_flags & NOT_PLAIN or code.co_kwonlyargcount:
        return False
    return given == code.co_argcount or (given > code.co_argcount and (code.co_flags & VARARGS) != 0)

cdef inline object valued(type kind, str name, object value):
    made = kind.__new__(kind)
    PyObject_GenericSetAttr(made, name, value)
    return made

cdef inline bint is_a(object thing, type kind) noexcept:
    return PyObject_TypeCheck(thing, kind)

cdef inline object blank(type kind):
    return kind.__new__(kind)

cdef inline object named(type kind, tuple values):
    return actors_named(kind, values)

cdef inline object made(type kind, tuple args):
    return actors_made(kind, args)

cdef inline object in_force(object variable):
    cdef PyObject *value = NULL
    PyContextVar_Get(variable, NULL, &value)
    found = <object>value
    Py_DECREF(value)
    return found

cdef inline bint has_attributes(object thing) noexcept:
    attributes = _PyObject_GetDictPtr(thing)
    return attributes is not NULL and attributes[0] is not NULL and PyDict_Size(attributes[0]) != 0

cdef inline int without_this_frame(object error) except -1:
    trace = PyException_GetTraceback(error)
    if trace is not NULL:
        after = actors_next_of(trace)
        PyException_SetTraceback(error, Py_None if after is NULL else after)
        Py_XDECREF(trace)
    return 0

cdef inline str module_of(TracebackType trace):
    name = PyDict_GetItem(actors_globals_of(trace.tb_frame), "__name__")
    return <str>name if name is not NULL and isinstance(<object>name, str) else ""
