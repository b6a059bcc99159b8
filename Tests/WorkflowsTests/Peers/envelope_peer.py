"""Aika's side of the envelope: makes messages as its class does, and passes messages through json."""

import json
import random
import sys
import uuid
from datetime import datetime, timedelta


def value(chance, depth=0):
    kind = chance.randrange(8 if depth < 3 else 6)
    if kind == 0:
        return chance.choice([None, True, False])
    if kind == 1:
        return chance.randrange(-(2**63), 2**63)
    if kind == 2:
        return chance.choice([chance.random(), chance.uniform(-1e20, 1e20), 10.0 ** chance.randrange(-320, 308), 0.0, -0.0])
    if kind == 3:
        return "".join(chr(chance.choice([chance.randrange(128), chance.randrange(0xD7FF), chance.randrange(0x10000, 0x10FFFF)]))
                       for _ in range(chance.randrange(12)))
    if kind == 4:
        return chance.uniform(-1000, 1000)
    if kind == 5:
        return chance.randrange(100)
    if kind == 6:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {f"k{n}": value(chance, depth + 1) for n in range(chance.randrange(4))}


def make(count, seed):
    chance = random.Random(seed)
    for _ in range(count):
        moment = datetime(1970, 1, 1) + timedelta(microseconds=chance.randrange(0, 4 * 10**15))
        if chance.random() < 0.3:
            moment = moment.replace(microsecond=0)
        message = {
            "message_id": f"msg-{uuid.UUID(int=chance.getrandbits(128))}",
            "timestamp": moment.isoformat(),
            "source_agent_id": f"agent-{chance.randrange(9)}",
            "target_agent_id": chance.choice([None, "risk"]),
            "message_type": "T",
            "priority": chance.choice(["HIGH", "NORMAL", "LOW"]),
            "payload": {f"p{n}": value(chance) for n in range(chance.randrange(5))},
            "metadata": {
                "conversation_id": chance.choice([None, "conv"]),
                "session_id": None,
                "trace_id": str(uuid.UUID(int=chance.getrandbits(128))),
            },
        }
        print(json.dumps(message))


if sys.argv[1] == "make":
    make(int(sys.argv[2]), int(sys.argv[3]))
else:
    for line in sys.stdin:
        print(json.dumps(json.loads(line)))
