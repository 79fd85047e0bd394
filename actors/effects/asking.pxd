# For the type of a local variable.
from actors.effects.scope cimport Scope
