"""Reads a line of JSON {"writer", "reader", "hex"} each and answers what fastavro makes of it."""
import io
import json
import sys

import fastavro
from fastavro.schema import parse_schema


def plain(value):
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, dict):
        return {"map": {key: plain(item) for key, item in value.items()}}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return {"double": repr(value)}
    return value


for line in sys.stdin:
    question = json.loads(line)
    try:
        data = io.BytesIO(bytes.fromhex(question["hex"]))
        writer = parse_schema(question["writer"])
        reader = parse_schema(question["reader"])
        value = fastavro.schemaless_reader(data, writer, reader)
        print(json.dumps({"value": plain(value)}))
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
