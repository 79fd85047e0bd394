from actors.runtime.actor cimport Actor, Ties
