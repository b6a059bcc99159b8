"""Reads lines `<type> <json>` and writes each object again as a2a-sdk 0.3 does, all members in its order: byte for byte what we write."""
import json
import sys

from a2a import types

for line in sys.stdin:
    name, text = line.rstrip("\n").split(" ", 1)
    message = getattr(types, name).model_validate_json(text)
    print(json.dumps(message.model_dump(by_alias=True, mode="json"), separators=(",", ":"), ensure_ascii=False))
