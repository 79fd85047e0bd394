"""Making operations at less than the price of a call of their `__init__`: what `making.py` says, for the compiled core.

A class is called through the slot `tp_vectorcall`, where `type` has nothing for a class written in Python. Here a function
is put that makes the instance and sets its fields. It looks first whether that is still what `__init__` does, and leaves
everything else (keywords, wrong arguments, a class that was changed) to `type`. Subclasses do not inherit the slot.
"""

from __future__ import annotations

import inspect
from types import MemberDescriptorType

cdef extern from *:
    """
    static PyObject *init_name, *plan_name, *no_arguments;

    static PyObject *made_by_type(PyObject *type, PyObject *const *args, Py_ssize_t count, PyObject *keywords) {
        Py_ssize_t named = keywords ? PyTuple_GET_SIZE(keywords) : 0, i;
        PyObject *made = NULL, *dict = NULL, *tuple = PyTuple_New(count);
        if (tuple == NULL)
            return NULL;
        for (i = 0; i < count; i++)
            PyTuple_SET_ITEM(tuple, i, Py_NewRef(args[i]));
        if (named && (dict = PyDict_New()) == NULL)
            goto done;
        for (i = 0; i < named; i++)
            if (PyDict_SetItem(dict, PyTuple_GET_ITEM(keywords, i), args[count + i]) < 0)
                goto done;
        made = PyType_Type.tp_call(type, tuple, dict);
    done:
        Py_DECREF(tuple);
        Py_XDECREF(dict);
        return made;
    }

    static int set_fields(PyObject *made, PyObject *names, PyObject *const *values, Py_ssize_t from, Py_ssize_t to) {
        for (Py_ssize_t i = from; i < to; i++)
            if (PyObject_GenericSetAttr(made, PyTuple_GET_ITEM(names, i), values[i]) < 0)
                return -1;
        return 0;
    }

    /* The plan of a class: its `__init__`, the names of its fields, the defaults of the last of them, and the most
       arguments that stand for fields. */
    static PyObject *made_directly(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords) {
        PyTypeObject *type = (PyTypeObject *)callable;
        Py_ssize_t count = PyVectorcall_NARGS(flags), fields, given;
        PyObject *plan = PyDict_GetItemWithError(type->tp_dict, plan_name), *names, *defaults, *made;
        if (plan == NULL || (keywords && PyTuple_GET_SIZE(keywords)) || type->tp_new != PyBaseObject_Type.tp_new
            || PyDict_GetItemWithError(type->tp_dict, init_name) != PyTuple_GET_ITEM(plan, 0))
            return PyErr_Occurred() ? NULL : made_by_type(callable, args, count, keywords);
        names = PyTuple_GET_ITEM(plan, 1);
        defaults = PyTuple_GET_ITEM(plan, 2);
        fields = PyTuple_GET_SIZE(names);
        given = fields - PyTuple_GET_SIZE(defaults);
        if (count < given || count > PyLong_AsSsize_t(PyTuple_GET_ITEM(plan, 3)))
            return made_by_type(callable, args, count, keywords);
        made = PyBaseObject_Type.tp_new(type, no_arguments, NULL);
        if (made == NULL)
            return NULL;
        if (set_fields(made, names, args, 0, count) < 0
            || set_fields(made, names, ((PyTupleObject *)defaults)->ob_item - given, count, fields) < 0) {
            Py_DECREF(made);
            return NULL;
        }
        return made;
    }

    static int name_all(void) {
        init_name = PyUnicode_InternFromString("__init__");
        plan_name = PyUnicode_InternFromString("_made_directly");
        no_arguments = PyTuple_New(0);
        return init_name && plan_name && no_arguments ? 0 : -1;
    }

    static void call_directly(PyObject *cls) { ((PyTypeObject *)cls)->tp_vectorcall = made_directly; }
    """
    int name_all() except -1
    void call_directly(object cls)


name_all()


def make_directly(cls, init, names, **fixed):
    """Have calls of `cls` set the fields `names`, and `fixed` ones always alike, without calling `init`."""
    if type(cls) is type and cls.__new__ is object.__new__ and not any(is_computed(cls, name) for name in names):
        defaults = tuple(fixed.values()) if fixed else init.__defaults__ or ()
        cls._made_directly = (init, (*names, *fixed), defaults, len(names))
        call_directly(cls)


cdef is_computed(cls, name):
    kind = type(inspect.getattr_static(cls, name, None))
    return kind is not MemberDescriptorType and hasattr(kind, "__set__")
