# For the types of local variables.
from actors.runtime.actor cimport Actor, Ties
