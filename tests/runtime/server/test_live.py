"""Programs with a key see what the page sees."""

from __future__ import annotations

from pathlib import Path

from .site_kit import READ, SMALL, guarded, story


def test_a_look_has_the_banner_the_models_and_the_events_since_the_last(tmp_path: Path) -> None:
    async def work() -> None:
        async with guarded(tmp_path) as served:
            first = (await served.get("/admin/live", READ)).json()
            assert first["verdict"]["level"] == "well"
            assert SMALL in first["models"]
            assert "tasks" not in first
            await served.post(f"/admin/models/{SMALL}/trip", "k-admin", {"reason": "a test"})
            after = (await served.get("/admin/live", READ, last_event_id=first["id"])).json()
            assert after["kept"]
            assert after["models"][SMALL]["breaker"] == "open"
            assert any("a test" in event["text"] for event in after["events"])

    story(work())
