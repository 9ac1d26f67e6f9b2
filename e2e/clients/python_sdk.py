"""Calls the load balancer API through Scaleway's Python SDK, for tests that are not written in Python.

Reads calls from standard input, a JSON object per line, and writes a line for each: {"method": "createLb", "args": {...}} is
answered with {"result": ...} or {"error": {"status": 404, "body": ...}}. Names are camelCase in both, as in the SDK for
JavaScript. The first line lists the methods of the class. Arguments: the class, "LbV1API" or "LbV1ZonedAPI".
"""

import dataclasses
import enum
import inspect
import json
import os
import re
import sys
import typing

import scaleway.lb.v1.api as lb
from scaleway import Client
from scaleway_core.api import ScalewayException


def snake(name):
    return re.sub(r"(?=[A-Z])", "_", name).lower()


def camel(name):
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name.rstrip("_"))


def named(fields, values):
    """Arguments by the SDK's names, which end with "_" where Python has a keyword or function of that name."""
    snaked = {snake(name): value for name, value in values.items()}
    return {name if name in fields else name + "_": value for name, value in snaked.items()}


def build(hint, value):
    """A JSON value as what the SDK takes: its data classes and enumerations."""
    options = [one for one in typing.get_args(hint) if one is not type(None)]
    if typing.get_origin(hint) is list:
        return [build(options[0], one) for one in value]
    if options:
        return build(options[0], value)
    if dataclasses.is_dataclass(hint) and value is not None:
        fields = typing.get_type_hints(hint)
        return hint(**{name: build(fields[name], one) for name, one in named(fields, value).items()})
    if inspect.isclass(hint) and issubclass(hint, enum.Enum):
        return hint(value)
    return value


def plain(value):
    """An answer of the SDK as JSON."""
    if dataclasses.is_dataclass(value):
        return {camel(field.name): plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def call(api, name, args):
    method = getattr(api, name)
    hints = typing.get_type_hints(method)
    kwargs = {key: build(hints[key], value) for key, value in named(hints, args).items()}
    result = method(**kwargs)
    every = getattr(api, name + "_all", None)
    if every is not None and "page" not in kwargs:
        found = len(every(**kwargs))
        if found != result.total_count:
            raise ValueError(f"{name}_all found {found} of {result.total_count}")
    return plain(result)


def answer(api, line):
    request = json.loads(line)
    try:
        return {"result": call(api, snake(request["method"]), request["args"])}
    except ScalewayException as error:
        return {"error": {"status": error.status_code, "body": error.response.json()}}
    except Exception as error:  # The test fails with its text.
        return {"error": {"status": None, "body": {"message": repr(error)}}}


def main():
    client = Client(
        access_key=os.environ["SCW_ACCESS_KEY"],
        secret_key=os.environ["SCW_SECRET_KEY"],
        api_url=os.environ["SCW_API_URL"],
        default_region="fr-par",
        default_zone="fr-par-1",
        default_project_id=os.environ["SCW_DEFAULT_PROJECT_ID"],
        default_organization_id=os.environ["SCW_DEFAULT_ORGANIZATION_ID"],
    )
    api = getattr(lb, sys.argv[1])(client)
    methods = [name for name, _ in inspect.getmembers(api, inspect.ismethod) if not name.startswith("_")]
    print(json.dumps([camel(name) for name in methods]), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(api, line)), flush=True)


main()
