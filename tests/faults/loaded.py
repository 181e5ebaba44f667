"""Imported once, by the process that workers are forked from: all that each would load anew."""

from __future__ import annotations

import gc
import importlib

import django
from django.core.checks import run_checks
from django.core.checks.registry import registry

LATER = (
    *("celery.apps.beat", "celery.apps.worker", "celery.bin.celery", "celery.bin.worker"),
    *("celery.concurrency.prefork", "celery.concurrency.thread", "celery.worker.consumer"),
    *("kombu.transport.memory", "kombu.transport.redis", "celery.fixups.django"),
    *("hub.celery", "hub.delivery.tasks", "hub.runtime.beat", "hub.runtime.ticker"),
    *("celery.app.amqp", "celery.app.control", "celery.app.events", "celery.app.log"),
    *("celery.app.routes", "celery.backends.base", "celery.contrib.django.task"),
    *("celery.events.dispatcher", "celery.events.receiver", "celery.worker.autoscale"),
    *("celery.worker.components", "celery.worker.consumer.delayed_delivery"),
    *("celery.worker.strategy", "django.db.models.sql.compiler", "hub.runtime.tasks"),
    *("hub.runtime.management.commands.runner", "tests.faults.naive"),
    # every fork imports anew what its parent was begun with
    *("tests.faults.pair", "tests.faults.servers"),
)

django.setup()
for name in LATER:
    importlib.import_module(name)
# every worker would run these at its start, twice: once is enough, and loads all pages' addresses
run_checks()
registry.registered_checks.clear()
# a collection in a fork would touch, and so copy, all that is the same in every one
gc.collect()
gc.freeze()
