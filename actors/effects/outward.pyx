"""Handlers that run in the scope outside the one that installed them: what `outward.py` says, for the compiled core.

`ContextVar.set` builds the whole mapping of a context anew, which takes a third of a performance. Such a mapping is
immutable, so the one with the outer scope in it is kept and put into the context for as long as the handler runs, and then
the one that was there is put back. Whoever copies the context meanwhile gets what it holds, as after `set`. When the
mapping is another one than that which was kept (any other variable was set, before or by the handler), and on a Python
that keeps contexts in another way, the variable is set.
"""

from cpython.contextvars cimport PyContextVar_Set
from cpython.ref cimport PyObject

cdef extern from *:
    """
    #if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030E0000 && !defined(Py_GIL_DISABLED) && !defined(PYPY_VERSION)
      #ifndef Py_BUILD_CORE
        #define Py_BUILD_CORE 1
      #endif
      #include "internal/pycore_context.h"

      /* What the current context maps variables to, borrowed; NULL where no context was entered yet. */
      static PyObject *mapping_in_force(void) {
          PyContext *context = (PyContext *)PyThreadState_Get()->context;
          return context ? (PyObject *)context->ctx_vars : NULL;
      }

      /* Put `other` in the place of `present`, if that is what is in force; tell whether it was. */
      static int exchange(PyObject *present, PyObject *other) {
          PyThreadState *thread = PyThreadState_Get();
          PyContext *context = (PyContext *)thread->context;
          if (context == NULL || (PyObject *)context->ctx_vars != present)
              return 0;
          Py_INCREF(other);
          context->ctx_vars = (PyHamtObject *)other;
          thread->context_ver++;  /* what variables remember of their values holds no longer */
          Py_DECREF(present);
          return 1;
      }
    #else
      static PyObject *mapping_in_force(void) { return NULL; }
      static int exchange(PyObject *present, PyObject *other) { return 0; }
    #endif
    """
    PyObject *mapping_in_force()
    bint exchange(object present, object other)

cdef extern from "Python.h":
    object PyWeakref_NewRef(object, PyObject *)
    PyObject *PyWeakref_GetObject(object)


cdef class Outward:
    """A handler, and the scope that is in force while it runs."""

    # Of the last performance: the mapping that was in force (weakly: it leads to the scope that holds this object) and
    # the one that was while the handler ran.
    __slots__ = ("handler", "outer", "variable")

    def __init__(self, variable, outer, handler):
        """Take the context variable that holds the scope, what it is to hold, and the handler."""
        self.variable = variable
        self.outer = outer
        self.handler = handler

    cpdef answer(self, op, scope):
        """Have the handler answer an operation that was performed in `scope`, which is in force again afterwards."""
        cdef PyObject *found = mapping_in_force()
        if found is NULL:
            return answer_by_setting(self, op, scope)
        present = <object>found
        if self._seen is not None and PyWeakref_GetObject(self._seen) is found:
            other = self._exchanged
            exchange(present, other)
        else:
            PyContextVar_Set(self.variable, self.outer)
            other = <object>mapping_in_force()
            self._seen = PyWeakref_NewRef(present, NULL)
            self._exchanged = other
        try:
            return self.handler(op)
        finally:
            if not exchange(other, present):
                PyContextVar_Set(self.variable, scope)


cdef answer_by_setting(Outward self, op, scope):
    PyContextVar_Set(self.variable, self.outer)
    try:
        return self.handler(op)
    finally:
        PyContextVar_Set(self.variable, scope)
