"""Supervisors: actors that start, stop and restart others, modelled on Erlang/OTP."""

from actors.children import Backoff, ChildSpec, Restart
from supervisors.application import Application
from supervisors.dynamic import DynamicSupervisor
from supervisors.infos import ChildCounts, ChildInfo
from supervisors.partition import PartitionSupervisor
from supervisors.spec import AutoShutdown, Intensity, Strategy
from supervisors.supervisor import Supervisor
from supervisors.tasks import TaskSupervisor

__all__ = [
    "Application",
    "AutoShutdown",
    "Backoff",
    "ChildCounts",
    "ChildInfo",
    "ChildSpec",
    "DynamicSupervisor",
    "Intensity",
    "PartitionSupervisor",
    "Restart",
    "Strategy",
    "Supervisor",
    "TaskSupervisor",
]
