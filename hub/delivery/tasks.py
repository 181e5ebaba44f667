from __future__ import annotations

from celery import Task, shared_task

from hub.delivery import engine, probe, reconcile, ticks


@shared_task(name="hub.delivery.tasks.run_tick_task", bind=True)
def run_tick_task(self: Task[..., None], name: str) -> None:
    ticks.run_tick(name, holder=f"{self.request.hostname}/{self.request.id}")


@shared_task(name="hub.delivery.tasks.send_channel", bind=True)
def send_channel(self: Task[..., None], channel_id: int) -> None:
    engine.send_channel(channel_id=channel_id, worker=f"{self.request.hostname}")


@shared_task(name="hub.delivery.tasks.look_up_channel", bind=True)
def look_up_channel(self: Task[..., None], channel_id: int) -> None:
    reconcile.look_up_channel(channel_id=channel_id)


@shared_task(name="hub.delivery.tasks.probe_channel", bind=True)
def probe_channel(self: Task[..., None], channel_id: int) -> None:
    probe.probe_channel(channel_id=channel_id)
