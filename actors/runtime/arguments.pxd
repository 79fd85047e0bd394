from actors.runtime cimport native

cpdef check_call(function, tuple args)
