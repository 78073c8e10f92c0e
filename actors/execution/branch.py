"""Runs of one task side by side: each asks one model, and at most one of them wins."""

from __future__ import annotations

import asyncio

from ..policies.hedging import SilenceTerms, is_hang
from ..policies.outcomes.attempt import Outcome
from .errors import hung
from .task_run import TaskRun


def branch_of(run: TaskRun, model_id: str, silence: SilenceTerms | None = None) -> TaskRun:
    """A run of the same task beside `run`, for a model that is tried at the same time.

    Its scope is its own: what cancels the branch is no part of it.
    """
    scope = (run.deadline, run.scope)
    branch = TaskRun(run.task, run.plan, run.environment, run.executor, run.started, scope)
    branch.strategy = run.strategy
    branch.acquire = run.acquire
    branch.tried = run.tried
    branch.rival = model_id
    branch.rival_since = run.now()
    branch.silence = silence
    return branch


def lose(branch: TaskRun) -> None:
    """A rival has won: what comes of this branch does not matter any more."""
    branch.lost = True
    branch.hung = is_hang(branch.silence, branch.rival_since, branch.now())


def record_loss(run: TaskRun, branch: TaskRun) -> None:
    """Note in `run` what has become of a branch, whose call is still cleaning up."""
    began, now = branch.rival_since, run.now()
    outcome = Outcome.TIMEOUT if branch.hung else Outcome.CANCELLED
    number = sum(record.model_id == branch.rival for record in branch.attempts) + 1
    run.record(branch.rival, number, outcome, began, now - began, loss_of(branch))


def loss_of(branch: TaskRun) -> BaseException:
    """The error of an attempt that a rival has overtaken."""
    if branch.hung:
        return hung(branch.rival, branch.now() - branch.rival_since)
    return asyncio.CancelledError("another model has answered")
