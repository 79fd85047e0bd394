cpdef pack(values)
cpdef unpack(data)
