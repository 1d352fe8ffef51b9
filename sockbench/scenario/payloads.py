"""A group's payload: exactly one kind, its placeholders, its file, and whether the transport can carry it.

Reads the one file that a `file:` payload names, and nothing else.
"""

from __future__ import annotations

from sockbench.model.plan import ChoicePayload, FilePayload, Format, Payload, SizePayload, TextPayload
from sockbench.scenario import known
from sockbench.scenario.findings import Findings, Path
from sockbench.scenario.keys import GroupKeys, PayloadKeys, names_of
from sockbench.scenario.source import Source
from sockbench.scenario.template import longest_bytes, template_mistakes
from sockbench.scenario.words import either, quoted


def payload_of(group: GroupKeys, at: Path, source: Source, findings: Findings) -> Payload | None:
    """The group's payload; None when it is not known, for which a mistake was found now or before."""
    path = (*at, "payload")
    if findings.touches(path):
        return None
    if "payload" not in group.model_fields_set:
        return SizePayload(known.PAYLOAD_SIZE)
    keys = group.payload
    given = [key for key in names_of(PayloadKeys) if key in keys.model_fields_set]
    if len(given) != 1:
        kinds = either(names_of(PayloadKeys))
        if given:
            findings.value((*path, given[-1]), f"the payload has {' and '.join(given)}: keep one of them")
            findings.spoil(path)
        else:
            findings.value(path, f"the payload is empty: give it one of {kinds}")
        return None
    return _only(keys, (*path, given[0]), source, findings)


def _only(keys: PayloadKeys, path: Path, source: Source, findings: Findings) -> Payload | None:
    if keys.text is not None:
        for words in template_mistakes(keys.text, known.PLACEHOLDERS):
            findings.value(path, words)
        return TextPayload(keys.text) if not findings.touches(path) else None
    if keys.size is not None:
        return SizePayload(keys.size)
    if keys.digits is not None:
        return keys.digits
    if keys.file is not None:
        return _file(keys.file, path, source, findings)
    if not keys.choice:
        findings.value(path, "the list is empty: write at least one text")
        return None
    return ChoicePayload(tuple(keys.choice))


def _file(name: str, path: Path, source: Source, findings: Findings) -> FilePayload | None:
    try:
        data = source.payload(name)
    except ValueError as error:
        findings.value(path, f"{error}; a payload's file is looked for beside the scenario")
        return None
    if not data:
        findings.value(path, f"{quoted(name)} is empty: there would be nothing to send")
        return None
    return FilePayload(name, data)


def check_framing(payload: Payload, format_: Format, at: Path, findings: Findings) -> None:
    """A payload of the `line` format ends at its first newline."""
    if format_ != "line":
        return
    path = (*at, "payload")
    advice = 'has a newline, which ends a message in the "line" format: take it out'
    match payload:
        case TextPayload(template) if "\n" in template:
            findings.value((*path, "text"), f"{quoted(template)} {advice}")
        case FilePayload(name, data) if b"\n" in data:
            findings.value((*path, "file"), f"{quoted(name)} {advice}")
        case ChoicePayload(texts):
            for index, text in enumerate(texts):
                if "\n" in text:
                    findings.value((*path, "choice", index), f"{quoted(text)} {advice}")
        case _:
            pass


def check_size(
    payload: Payload, group: GroupKeys, format_: Format, udp: bool, proven: bool, at: Path, findings: Findings
) -> None:
    """A payload is at most 1 MiB; over UDP it fits one datagram, with what stands before it, and as text one read."""
    before = {"envelope": known.ENVELOPE_HEADER, "length": known.LENGTH_HEADER, "line": 1, "text": 0}[format_]
    before += known.PROOF if proven else 0
    if format_ == "text" and group.register_as is not None:
        before += longest_bytes(group.register_as) + len("() : ")
    if udp:
        room = known.MAX_DATAGRAM - before
        limit = f"a datagram has room for {room}"
    elif format_ == "text":
        room = known.ONE_READ - before
        limit = f"a text over TCP is one read, with room for {room}"
    else:
        room = known.MAX_PAYLOAD
        limit = f"the most is {room}"
    size = _longest(payload)
    if size > room:
        path = (*at, "payload")
        if len(group.payload.model_fields_set) == 1:
            path = (*path, *group.payload.model_fields_set)
        findings.value(path, f"a message of {size} bytes is too long, {limit}: send less")


def _longest(payload: Payload) -> int:
    match payload:
        case TextPayload(template):
            return longest_bytes(template)
        case SizePayload(size):
            return size
        case ChoicePayload(texts):
            return max(len(text.encode()) for text in texts)
        case FilePayload(data=data):
            return len(data)
        case _:
            return payload.most
