"""Records as JSON: dataclasses to dictionaries and back, with every type checked."""

import types
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from .record import VERSION, Record

T = TypeVar("T")


def record_to_json(record: Record) -> dict[str, Any]:
    """Return the content of run.json, for ``json.dump``.

    Its version is the earliest that has all its fields, so that an earlier release of the library
    reads the records of runs, which have no field of version 3.
    """
    has_new_fields = record.confusion is not None
    if record.calibration is not None and record.calibration.reliability:
        has_new_fields = True
    return {"version": VERSION if has_new_fields else 2} | encode(record)


def record_from_json(content: Any) -> Record:
    """Return the record that a run.json of this version or an earlier one holds.

    Args:
        content: as ``json.load`` returns it.

    Raises:
        ValueError: it is not the record of a run; the message names the part that is wrong.
    """
    return decode(Record, migrated(content))


def encode(value: Any) -> Any:
    """Return dataclasses as dictionaries, without fields at their default, and tuples as lists."""
    if is_dataclass(value):
        encoded = {}
        for field in fields(value):
            part = getattr(value, field.name)
            if not _has_default(field) or part != _default(field):
                encoded[field.name] = encode(part)
        return encoded
    if isinstance(value, dict):
        return {key: encode(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [encode(part) for part in value]
    return value


def decode(kind: type[T], value: Any, place: str = "") -> T:
    """Return the dataclass that a dictionary describes.

    Numbers stay as they are: an integer in place of a float is not converted, so that a record
    that is read and written again is the same file.

    Args:
        kind: the dataclass.
        value: the dictionary.
        place: of the value within the record, for messages: "metrics.test".

    Raises:
        ValueError: a field is missing, unknown or of another type.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{place or 'the content'} is {value!r:.80}")
    prefix = f"{place}." if place else ""
    hints = get_type_hints(kind)
    known = fields(kind)  # type: ignore[arg-type]
    unknown = value.keys() - {field.name for field in known}
    if unknown:
        raise ValueError(f"an unknown {prefix}{min(unknown)}")
    parts = {}
    for field in known:
        if field.name in value:
            parts[field.name] = _decoded(
                hints[field.name], value[field.name], f"{prefix}{field.name}"
            )
        elif not _has_default(field):
            raise ValueError(f"no {prefix}{field.name}")
    return kind(**parts)


def _decoded(hint: Any, value: Any, place: str) -> Any:
    """Return a value of the type that a field is annotated with."""
    origin = get_origin(hint)
    if hint is Any:
        return value
    if isinstance(hint, type) and is_dataclass(hint):
        return decode(hint, value, place)
    if origin in (Union, types.UnionType):
        (inner,) = (part for part in get_args(hint) if part is not type(None))
        return None if value is None else _decoded(inner, value, place)
    if origin is dict:
        return _decoded_dict(get_args(hint)[1], value, place)
    if origin is tuple:
        return _decoded_tuple(get_args(hint), value, place)
    expected = (int, float) if hint is float else hint
    if not isinstance(value, expected) or (isinstance(value, bool) and hint is not bool):
        raise ValueError(f"{place} is {value!r:.80}")
    return value


def _decoded_dict(hint: Any, value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{place} is {value!r:.80}")
    return {key: _decoded(hint, part, f"{place}.{key}") for key, part in value.items()}


def _decoded_tuple(hints: tuple[Any, ...], value: Any, place: str) -> tuple:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{place} is {value!r:.80}")
    if hints[-1] is Ellipsis:
        hints = hints[:1] * len(value)
    if len(hints) != len(value):
        raise ValueError(f"{place} has {len(value)} values, not {len(hints)}")
    parts = []
    for index, (hint, part) in enumerate(zip(hints, value, strict=True)):
        parts.append(_decoded(hint, part, f"{place}.{index}"))
    return tuple(parts)


def _has_default(field: Field) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _default(field: Field) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def migrated(content: Any) -> Any:
    """Return the content of a run.json as the present version has it, without its version.

    Version 1 had no "version". It left backend and device out of "training" where they were those
    of "environment", and it wrote fields without a value as null. It does not say which
    parameters were changed. Version 2 had neither "confusion" nor "calibration.reliability", also
    not those of "model.int8".

    Raises:
        ValueError: it is of a later version.
    """
    if not isinstance(content, dict):
        return content
    version = content.get("version", 1)
    if version not in (1, 2, VERSION):
        raise ValueError(
            f"version {version!r}, which a later release of this library writes; this one reads "
            f"{VERSION}"
        )
    content = {key: value for key, value in content.items() if key != "version"}
    if version != 1:
        return content
    content["changed"] = {}
    training = content.get("training")
    environment = content.get("environment")
    if isinstance(training, dict) and isinstance(environment, dict):
        computed_on = {key: environment[key] for key in ("backend", "device") if key in environment}
        content["training"] = computed_on | training
    return content
