from actors.effects.scope cimport Scope
