# For the types of local variables, and for a call in C.
cimport actors.runtime.arguments as arguments
cimport actors.runtime.farewell as farewell
from actors.runtime.actor cimport Actor, Ties
