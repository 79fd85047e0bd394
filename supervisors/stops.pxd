from actors.runtime.actor cimport Actor
from actors.runtime.supervising cimport Parting
from actors.runtime.supervising cimport released
from supervisors.child cimport Child
from supervisors.reports cimport Reports
cimport cython

@cython.locals(me=Actor, actor=Actor, child=Child)
cpdef stop_in_turn(keeper, list children, reason)
@cython.locals(me=Actor, actor=Actor, parting=Parting, reports=Reports)
cpdef stop_worker(keeper, Child child, reason, grace)
