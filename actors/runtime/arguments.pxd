cpdef check_call(function, args)
