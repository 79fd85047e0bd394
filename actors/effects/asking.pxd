from actors.effects.scope cimport Scope
cimport cython
