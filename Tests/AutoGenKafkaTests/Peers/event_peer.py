"""Reads events as AutoGen-Kafka does, by Confluent's own JSON deserializer, and writes them again by its serializer.

Input: a JSON list of {"topic", "schema", "bytes": hexadecimal}. Output, for each: what was read, and the bytes that Python writes.
CloudEvents are read by the CloudEvents SDK too; agents, topics and messages by autogen-core.
"""

import base64
import dataclasses
import json
import sys

from autogen_core import AgentId, TopicId
from autogen_core._serialization import SerializationRegistry, try_get_known_serializers_for_type
from cloudevents.v1.http import from_json
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationContext


@dataclasses.dataclass
class ContentMessage:
    content: str


registry = SerializationRegistry()
for serializer in try_get_known_serializers_for_type(ContentMessage):
    registry.add_serializer(serializer)


class FixedIds:
    """As much of a registry's client as the serializer asks."""

    def __init__(self, number):
        self.number = number

    def register_schema(self, *_arguments, **_names):
        return self.number


def check(topic, read):
    if topic == "agent_publishes":
        event = from_json(json.dumps(read))
        # The SDK has read the data by its content type.
        payload = base64.b64decode(read["data_base64"])
        message = registry.deserialize(payload, type_name=event["dataschema"], data_content_type="application/json")
        TopicId(event["type"], event["source"])
        return message.content if event.data == dataclasses.asdict(message) else None
    if topic in ("runtime_requests", "runtime_responses"):
        for name in ("recipient", "sender", "agent_id"):
            if read.get(name):
                AgentId.from_str(read[name])
        if read["payload"]:
            form = read.get("payload_format") or read.get("serialization_format")
            message = registry.deserialize(
                base64.b64decode(read["payload"]), type_name=read["payload_type"], data_content_type=form
            )
            return message.content
    return None


answers = []
for entry in json.load(sys.stdin):
    value = bytes.fromhex(entry["bytes"])
    context = SerializationContext(entry["topic"], MessageField.VALUE)
    read = JSONDeserializer(entry["schema"])(value, context)
    # This release of the serializer wants a title, which AutoGen's schemas lack; no byte depends on it.
    titled = json.dumps({"title": "Event", **json.loads(entry["schema"])})
    again = JSONSerializer(titled, FixedIds(int.from_bytes(value[1:5], "big")))(read, context)
    answers.append({"again": again.hex(), "said": check(entry["topic"], read)})
json.dump(answers, sys.stdout)
