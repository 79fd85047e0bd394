
cpdef form_of(op)
cpdef same(form, other)
