"""Imported once, by the process that workers are forked from: all that each would load anew."""

from __future__ import annotations

import gc
import importlib

import django
from django.core.checks import run_checks

LATER = (
    *("celery.apps.beat", "celery.apps.worker", "celery.bin.celery", "celery.bin.worker"),
    *("celery.concurrency.prefork", "celery.concurrency.thread", "celery.worker.consumer"),
    *("kombu.transport.memory", "kombu.transport.redis", "celery.fixups.django"),
    *("hub.celery", "hub.delivery.tasks", "hub.runtime.beat", "hub.runtime.ticker"),
    *("hub.runtime.management.commands.runner", "tests.faults.naive"),
)

django.setup()
for name in LATER:
    importlib.import_module(name)
# every worker runs these at its start; here they load the addresses of all pages
run_checks()
# a collection in a fork would touch, and so copy, all that is the same in every one
gc.collect()
gc.freeze()
