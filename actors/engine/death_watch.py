"""A crash and a death of an actor: what comes next, and the actors that hear of it."""

from __future__ import annotations

import logging
from math import inf
from types import TracebackType
from typing import TYPE_CHECKING

from ...config.values.log_fields import log_event
from .lifecycle import Lifecycle
from .signals import STARTING, Crashed, RetryStart, Stopped, Terminated

if TYPE_CHECKING:
    from .mailbox import Mailbox

log: logging.Logger = logging.getLogger(__name__)

_PAUSE = 0.1
"""Seconds before a root that did not come up tries again."""


def crash(mailbox: Mailbox, error: BaseException, during: str, message: object = None) -> None:
    """The actor's own code failed: suspend it, then let it come back or tell its supervisor."""
    engine = mailbox.engine
    if not isinstance(error, Exception):
        engine.interrupted_by(error)
    if mailbox.life is Lifecycle.DEAD:
        return
    mailbox.life = Lifecycle.SUSPENDED
    if engine.instant >= mailbox.free_restart_from and during not in STARTING:
        mailbox.free_restart_from = inf
        _report_return(mailbox, error, during, message)
        mailbox.restart()
        return
    _report_crash(mailbox, error, during, message)
    if mailbox.supervisor is None:
        _go_on_unsupervised(mailbox, during)


def _go_on_unsupervised(mailbox: Mailbox, during: str) -> None:
    if not mailbox.is_root:
        mailbox.end()
    elif during in STARTING:
        mailbox.engine.after(_PAUSE, mailbox, RetryStart())
    else:
        mailbox.restart()


def run_hook(mailbox: Mailbox, name: str) -> None:
    """Call a hook of the actor; a failure is logged and reported."""
    try:
        getattr(mailbox.actor, name)()
    except BaseException as error:
        mailbox.engine.interrupted_by(error)
        log.exception(
            "%s of %s failed",
            name,
            mailbox.ref,
            extra=log_event("actor.hook_failed", actor=str(mailbox.ref), hook=name),
        )
        _report(mailbox, error, name)


def salvage_stash(mailbox: Mailbox) -> None:
    """Save what the waiting messages carry: no successor is coming."""
    if mailbox.actor is None or mailbox.dead_letter_handler is not None:
        return  # the handler gets them when they are refused
    for message, _ in mailbox.stash:
        try:
            mailbox.actor.salvage(message)
        except BaseException:
            log.exception(
                "salvage of %s by %s failed",
                type(message).__name__,
                mailbox.ref,
                extra=log_event(
                    "actor.salvage_failed", actor=str(mailbox.ref), message=type(message).__name__
                ),
            )


# The supervisor.


def tell_supervisor(mailbox: Mailbox, notice: Crashed | Stopped) -> None:
    """Does nothing without a live supervisor."""
    supervisor = mailbox.supervisor
    if supervisor is None or supervisor.stopped.is_set():
        return
    _report_late(mailbox)
    mailbox.engine.send(supervisor, notice)


def _report(mailbox: Mailbox, error: BaseException, during: str) -> None:
    tell_supervisor(mailbox, Crashed(mailbox.ref, error, during))


def _report_crash(mailbox: Mailbox, error: BaseException, during: str, message: object) -> None:
    """Tell the actor itself, then its supervisor, which may bring it back; then log the crash."""
    traceback = error.__traceback__  # the asker raises it again, and that makes it longer
    mailbox.engine.deferred.do(_log_crash, mailbox, error, traceback, during)
    _tell_actor(mailbox, error, message)
    _report(mailbox, error, during)


def _report_return(mailbox: Mailbox, error: BaseException, during: str, message: object) -> None:
    """Tell only the actor itself, which comes back now; its supervisor hears of it later."""
    engine = mailbox.engine
    mailbox.unreported = (error, error.__traceback__, during, engine.instant)
    engine.deferred.do(_report_late, mailbox)
    _tell_actor(mailbox, error, message)


def _report_late(mailbox: Mailbox) -> None:
    """Log the crash from which the actor came back, and tell its supervisor, if not done yet."""
    late, mailbox.unreported = mailbox.unreported, None
    if late is None:
        return
    error, traceback, during, at = late
    _log_crash(mailbox, error, traceback, during)
    tell_supervisor(mailbox, Crashed(mailbox.ref, error, during, at))


def log_refusal(mailbox: Mailbox, message: object, error: BaseException) -> None:
    """No asker hears of it."""
    name = type(message).__name__
    told = log_event("message.refused", actor=str(mailbox.ref), message=name)
    log.warning("refused %s told to %s: %s", name, mailbox.ref, error, extra=told)


def _log_crash(
    mailbox: Mailbox, error: BaseException, traceback: TracebackType | None, during: str
) -> None:
    exc_info = (type(error), error, traceback)
    log.error(
        "actor %s crashed in %s",
        mailbox.ref,
        during,
        exc_info=exc_info,
        extra=log_event("actor.crashed", actor=str(mailbox.ref), during=during),
    )


def _tell_actor(mailbox: Mailbox, error: BaseException, message: object) -> None:
    if mailbox.actor is None:
        return
    try:
        if message is not None:
            mailbox.actor.salvage(message)
        mailbox.actor.on_failure(type(error), error, error.__traceback__)
    except BaseException:
        log.exception(
            "on_failure of %s failed",
            mailbox.ref,
            extra=log_event("actor.hook_failed", actor=str(mailbox.ref), hook="on_failure"),
        )


# The watchers.


def watch(watcher: Mailbox, watched: Mailbox) -> None:
    """Tell `watcher` once `watched` is dead, which may be now."""
    if watched.stopped.is_set():
        watcher.engine.send(watcher, Terminated(watched.ref))
    elif watcher not in watched.watchers:
        watched.watchers.append(watcher)
        watcher.watching.append(watched)


def unwatch(watcher: Mailbox, watched: Mailbox) -> None:
    """Undo `watch`."""
    if watched in watcher.watching:
        watched.watchers.remove(watcher)
        watcher.watching.remove(watched)


def tell_watchers(mailbox: Mailbox) -> None:
    """The actor is dead: tell its watchers, and let it watch no other."""
    for watched in tuple(mailbox.watching):
        unwatch(mailbox, watched)
    watchers, mailbox.watchers = mailbox.watchers, []
    for watcher in watchers:
        if watcher.stopped.is_set():
            continue
        if mailbox in watcher.watching:
            watcher.watching.remove(mailbox)
        mailbox.engine.send(watcher, Terminated(mailbox.ref))
