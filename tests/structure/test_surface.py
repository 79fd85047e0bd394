"""The public names of ``actors`` and ``supervisors``. A change of these lists is a change for every user."""

from types import ModuleType

import actors
import supervisors

PUBLIC = {
    "AsyncComputation",
    "Cancel",
    "Cancelled",
    "Completed",
    "ComputationEvent",
    "Notify",
    "Op",
    "Prompt",
    "Question",
    "Restarted",
    "Resume",
    "Suspend",
    "Throw",
    "ask",
    "current",
    "handling",
    "notify",
    "offload",
    "operation",
    "parallel",
    "perform",
    "race",
    "receive",
    "send",
    "shielded",
    "spawn",
}

OF_SUPERVISORS = {
    "Application",
    "AutoShutdown",
    "Backoff",
    "ChildCounts",  # what count_children and which_children return: whoever annotates a function needs the names
    "ChildInfo",
    "ChildSpec",
    "DynamicSupervisor",
    "Intensity",
    "PartitionSupervisor",
    "Restart",
    "Strategy",
    "Supervisor",
    "TaskSupervisor",
}


def public_names(module: ModuleType) -> set[str]:
    """What can be read off the module without an underscore; its submodules are not names of its own."""
    return {name for name, value in vars(module).items() if not name.startswith("_") and not isinstance(value, ModuleType)}


def test_the_public_names_are_those_listed_here() -> None:
    assert set(actors.__all__) == PUBLIC
    assert len(actors.__all__) == len(PUBLIC)


def test_nothing_else_can_be_read_off_the_package() -> None:
    assert public_names(actors) == PUBLIC


def test_supervisors_has_the_names_listed_here_and_no_others() -> None:
    assert sorted(supervisors.__all__) == sorted(OF_SUPERVISORS)
    assert public_names(supervisors) == OF_SUPERVISORS


def test_control_a_name_that_slipped_in_is_noticed() -> None:
    module = ModuleType("sample")
    vars(module).update(spawn=len, partial=len, runtime=ModuleType("runtime"), _hidden=1)
    assert public_names(module) == {"spawn", "partial"}
