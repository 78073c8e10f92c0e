"""Tools for testing what is built on the runtime: virtual time, scripted models, crashes."""

from .crashes import InjectedCrash, crash
from .interception import intercept
from .script import Mix, Step, answer, fail, hang, late
from .scripted_model import ScriptedModel
from .virtual_time import StandstillError, VirtualLoop, run_virtual, settle

__all__ = [
    "InjectedCrash",
    "Mix",
    "ScriptedModel",
    "StandstillError",
    "Step",
    "VirtualLoop",
    "answer",
    "crash",
    "fail",
    "hang",
    "intercept",
    "late",
    "run_virtual",
    "settle",
]
