"""Who hears of an actor's crash or death: its log, its own hook, its supervisor, its watchers."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .signals import Crashed, Stopped, Terminated

if TYPE_CHECKING:
    from .mailbox import Mailbox

log = logging.getLogger(__name__)


def report_crash(mailbox: Mailbox, error: BaseException, during: str, message: Any) -> None:
    """Let the actor itself know, then its supervisor, which may bring it back; log it then."""
    traceback = error.__traceback__  # whoever asked raises it again, and that makes it longer
    mailbox.engine.deferred.do(_log_crash, mailbox, error, traceback, during)
    _tell_actor(mailbox, error, message)
    report(mailbox, error, during)


def report_return(mailbox: Mailbox, error: BaseException, during: str, message: Any) -> None:
    """The actor is about to come back: only itself has to know before that."""
    engine = mailbox.engine
    mailbox.unreported = (error, error.__traceback__, during, engine.instant)
    engine.deferred.do(report_late, mailbox)
    _tell_actor(mailbox, error, message)


def report_late(mailbox: Mailbox) -> None:
    """Log the crash from which the actor has come back, and tell its supervisor, if still due."""
    late, mailbox.unreported = mailbox.unreported, None
    if late is None or mailbox.ref is None:
        return
    error, traceback, during, at = late
    _log_crash(mailbox, error, traceback, during)
    tell_supervisor(mailbox, Crashed(mailbox.ref, error, during, at))


def salvage_stash(mailbox: Mailbox) -> None:
    """Save what the messages carry that waited for a successor: none is coming."""
    if (
        mailbox.actor is None or mailbox.dead_letter_handler is not None
    ):  # who gets them when they are refused
        return
    for message, _ in mailbox.stash:
        try:
            mailbox.actor.salvage(message)
        except BaseException:
            log.exception("salvage of %s by %s failed", type(message).__name__, mailbox.ref)


def report(mailbox: Mailbox, error: BaseException, during: str) -> None:
    """Tell the supervisor what failed, and where."""
    if mailbox.ref is not None:
        tell_supervisor(mailbox, Crashed(mailbox.ref, error, during))


def tell_supervisor(mailbox: Mailbox, notice: Crashed | Stopped) -> None:
    """Nobody is told where there is no supervisor, or it is dead itself."""
    supervisor = mailbox.supervisor
    if supervisor is None or supervisor.stopped.is_set():
        return
    report_late(mailbox)
    mailbox.engine.send(supervisor, notice)


def watch(watcher: Mailbox, watched: Mailbox) -> None:
    """Tell `watcher` when `watched` is dead, at once if it is."""
    if watched.stopped.is_set():
        assert watched.ref is not None
        watcher.engine.send(watcher, Terminated(watched.ref))
    elif watcher not in watched.watchers:
        watched.watchers.append(watcher)
        watcher.watching.append(watched)


def unwatch(watcher: Mailbox, watched: Mailbox) -> None:
    """Tell it nothing any more."""
    if watched in watcher.watching:
        watched.watchers.remove(watcher)
        watcher.watching.remove(watched)


def tell_watchers(mailbox: Mailbox) -> None:
    """The actor is dead: who watched it hears that, and it watches nobody any more."""
    assert mailbox.ref is not None
    for watched in tuple(mailbox.watching):
        unwatch(mailbox, watched)
    watchers, mailbox.watchers = mailbox.watchers, []
    for watcher in watchers:
        if watcher.stopped.is_set():
            continue
        if mailbox in watcher.watching:
            watcher.watching.remove(mailbox)
        mailbox.engine.send(watcher, Terminated(mailbox.ref))


def _log_crash(
    mailbox: Mailbox, error: BaseException, traceback: TracebackType | None, during: str
) -> None:
    exc_info = (type(error), error, traceback)
    log.error("actor %s crashed in %s", mailbox.ref, during, exc_info=exc_info)


def _tell_actor(mailbox: Mailbox, error: BaseException, message: Any) -> None:
    if mailbox.actor is None:
        return
    try:
        if message is not None:
            mailbox.actor.salvage(message)
        mailbox.actor.on_failure(type(error), error, error.__traceback__)
    except BaseException:
        log.exception("on_failure of %s failed", mailbox.ref)
