"""All subjects, by name, in the order of the table."""

from benchmarks import (
    call,
    call_busy,
    cancel,
    close,
    crash,
    memory,
    offload,
    perform,
    ring,
    send_many,
    send_one,
    spawn_batch,
    spawn_one,
    state_get_put,
    thread_send,
    thread_wizard,
    timer_lateness,
    warm_spawn,
    wizard,
    wizard_by_messages,
)

_ALL = (
    wizard.SUBJECT,
    wizard_by_messages.SUBJECT,
    spawn_batch.SUBJECT,
    spawn_one.SUBJECT,
    crash.SUBJECT,
    cancel.SUBJECT,
    call.SUBJECT,
    call_busy.SUBJECT,
    send_one.SUBJECT,
    send_many.SUBJECT,
    ring.SUBJECT,
    perform.SUBJECT,
    state_get_put.SUBJECT,
    offload.SUBJECT,
    thread_send.SUBJECT,
    thread_wizard.SUBJECT,
    warm_spawn.SUBJECT,
    close.SUBJECT,
    *memory.SUBJECTS,
    timer_lateness.SUBJECT,
)

SUBJECTS = {subject.name: subject for subject in _ALL}
