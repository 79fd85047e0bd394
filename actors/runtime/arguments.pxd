cimport actors.runtime.native as native

cpdef check_call(function, tuple args)
