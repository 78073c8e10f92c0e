"""Tools for tests of applications: virtual time, scripted models, crashes."""

from .runtime.testing.crashes import InjectedCrash, crash
from .runtime.testing.interception import intercept
from .runtime.testing.mix import Mix
from .runtime.testing.network import Network
from .runtime.testing.script import Step, answer, fail, hang, late
from .runtime.testing.scripted_model import ScriptedModel, ScriptedStream
from .runtime.testing.stream_script import (
    Ending,
    StreamStep,
    chunks,
    cut,
    drip,
    ends_twice,
    malformed,
    stall,
)
from .runtime.testing.virtual_time import StandstillError, VirtualLoop, run_virtual, settle

__all__ = [
    "Ending",
    "InjectedCrash",
    "Mix",
    "Network",
    "ScriptedModel",
    "ScriptedStream",
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
