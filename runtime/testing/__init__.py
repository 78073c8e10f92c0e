"""Tools for testing what is built on the runtime: virtual time, scripted models, crashes."""

from .crashes import InjectedCrash, crash
from .interception import intercept
from .mix import Mix
from .script import Step, answer, fail, hang, late
from .scripted_model import ScriptedModel
from .stream_script import Ending, StreamStep, chunks, cut, drip, ends_twice, malformed, stall
from .virtual_time import StandstillError, VirtualLoop, run_virtual, settle

__all__ = [
    "Ending",
    "InjectedCrash",
    "Mix",
    "ScriptedModel",
    "StandstillError",
    "Step",
    "StreamStep",
    "VirtualLoop",
    "answer",
    "chunks",
    "crash",
    "cut",
    "drip",
    "ends_twice",
    "fail",
    "hang",
    "intercept",
    "late",
    "malformed",
    "run_virtual",
    "settle",
    "stall",
]
