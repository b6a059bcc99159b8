"""Reads YAML texts with PyYAML, by the core schema of YAML 1.2 and by PyYAML's own rules of YAML 1.1.

Standard input is a JSON list of texts; standard output is a JSON list of {"core": tree, "own": tree} or {"error": text}.
"""

import json
import math
import re
import sys

import yaml


class Core(yaml.SafeLoader):
    """PyYAML's reader with the scalars of YAML 1.2's core schema."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    (
        "float",
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        "-+.0123456789",
    ),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("merge", r"^(?:<<)$", ["<"]),
]:
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))


def whole(loader, node):
    text = loader.construct_scalar(node)
    if text.startswith("0o"):
        return int(text[2:], 8)
    if text.startswith("0x"):
        return int(text[2:], 16)
    return int(text)


def fraction(loader, node):
    text = loader.construct_scalar(node).lower()
    if text.endswith(".inf"):
        return -math.inf if text.startswith("-") else math.inf
    return math.nan if text == ".nan" else float(text)


Core.add_constructor("tag:yaml.org,2002:int", whole)
Core.add_constructor("tag:yaml.org,2002:float", fraction)


def plain(value):
    """A tree that JSON can carry and that tells types apart."""
    if isinstance(value, dict):
        return {"map": [[key if isinstance(key, str) else "!" + str(key), plain(item)] for key, item in value.items()]}
    if isinstance(value, list):
        return {"seq": [plain(item) for item in value]}
    if value is None:
        return {"null": ""}
    if isinstance(value, bool):
        return {"bool": "true" if value else "false"}
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": "nan" if math.isnan(value) else value.hex()}
    if isinstance(value, str):
        return {"str": value}
    return {"other": str(value)}


def strings(loader, text):
    """The tree with every name as text."""
    return plain(yaml.load(text, Loader=loader))


answers = []
for text in json.load(sys.stdin):
    try:
        answers.append({"core": strings(Core, text), "own": strings(yaml.SafeLoader, text)})
    except Exception as error:  # whatever a reader says of a text
        answers.append({"error": str(error)})
json.dump(answers, sys.stdout)
