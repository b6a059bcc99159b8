"""Reads lines `<type> <json>` and writes each object again as a2a-sdk 1.x does: what both say must be the same."""
import json
import sys

from a2a import types
from google.protobuf.json_format import MessageToDict, Parse

for line in sys.stdin:
    name, text = line.rstrip("\n").split(" ", 1)
    # Unknown members are errors: what we write, the SDK must know.
    message = Parse(text, getattr(types, name)(), ignore_unknown_fields=False)
    print(json.dumps(MessageToDict(message), separators=(",", ":"), ensure_ascii=False))
