# For the types of local variables, and for a call in C.
from actors.runtime cimport arguments, farewell
from actors.runtime.actor cimport Actor, Ties
