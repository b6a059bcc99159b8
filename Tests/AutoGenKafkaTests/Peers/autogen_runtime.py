"""Acts as a Python runtime of AutoGen-Kafka on its topics: calls agents, hosts agents of type "writer", publishes.

Usage: autogen_runtime.py SERVERS REQUESTS

It reads from the beginning and knows of no groups. Messages are autogen-core's, in the events' form.
"""

import base64
import dataclasses
import json
import sys
import time
import uuid

from autogen_core import AgentId
from autogen_core._serialization import SerializationRegistry, try_get_known_serializers_for_type
from confluent_kafka import Consumer, Producer, TopicPartition

FORMAT = "application/json"


@dataclasses.dataclass
class Text:
    text: str


registry = SerializationRegistry()
for serializer in try_get_known_serializers_for_type(Text):
    registry.add_serializer(serializer)
servers, count = sys.argv[1], int(sys.argv[2])
producer = Producer({"bootstrap.servers": servers, "partitioner": "murmur2_random", "linger.ms": 1})
consumer = Consumer({"bootstrap.servers": servers, "group.id": "nobody", "enable.auto.commit": False})
topics = ["runtime_requests", "runtime_responses", "agent_registry", "agent_publishes"]
known = consumer.list_topics(timeout=60).topics
consumer.assign([TopicPartition(name, number, 0) for name in topics for number in known[name].partitions])


def send(topic, key, event):
    producer.produce(topic, key=key, value=b"\x00\x00\x00\x00\x01" + json.dumps(event).encode())
    producer.poll(0)


def payload(message):
    return base64.b64encode(registry.serialize(message, type_name="Text", data_content_type=FORMAT)).decode()


def request(number):
    kind = ["hello", "ask", "ask fail", "publish"][number % 4]
    recipient = f"echo/s{number % 3}"
    send("runtime_requests", recipient, {
        "message_id": str(uuid.uuid4()), "topic_id": "unknown/unknown", "agent_id": "unknown/unknown",
        "request_id": f"py-{number}", "recipient": recipient, "payload": payload(Text(f"{kind} {number}")),
        "payload_type": "Text", "payload_format": FORMAT, "metadata": {}, "error": None,
    })


def serve(event):
    text = registry.deserialize(
        base64.b64decode(event["payload"]), type_name=event["payload_type"],
        data_content_type=event["payload_format"]).text
    reply = {
        "message_id": None, "topic_id": None, "sender": event["recipient"], "request_id": event["request_id"],
        "recipient": event["agent_id"], "payload": payload(Text(text.upper())), "payload_type": "Text",
        "serialization_format": FORMAT, "metadata": {}, "error": None,
    }
    if "fail" in text:
        reply.update(sender=None, recipient=None, payload=None, payload_type=None, serialization_format=None, error="boom")
    send("runtime_responses", event["request_id"], reply)


responses, published, doubled, hasSent, hasRepeated = {}, [], 0, False, False
print("ready", flush=True)
end = time.monotonic() + 140
while time.monotonic() < end:
    record = consumer.poll(0.05)
    producer.poll(0)
    if record is None or record.error():
        continue
    event = json.loads(record.value()[5:])
    if record.topic() == "agent_registry" and event == {**event, "message_type": "register", "agent": "echo"}:
        if not hasSent:
            hasSent = True
            for number in range(count):
                request(number)
    elif record.topic() == "runtime_requests" and AgentId.from_str(event["recipient"]).type == "writer":
        serve(event)
    elif record.topic() == "runtime_responses" and event["request_id"].startswith("py-"):
        said = event["error"] or registry.deserialize(
            base64.b64decode(event["payload"]), type_name=event["payload_type"],
            data_content_type=event["serialization_format"]).text
        if event["request_id"] in responses and responses[event["request_id"]] != said:
            print("two answers", responses[event["request_id"]], said, flush=True)
        doubled += event["request_id"] in responses
        responses[event["request_id"]] = said
        if len(responses) == count and not hasRepeated:
            # As a client that was not sure: the answer is the same.
            hasRepeated = True
            request(count - 1)
    elif record.topic() == "agent_publishes":
        published.append(event["type"] + "/" + event["source"])
    if len(responses) == count and doubled and len(published) >= count // 4:
        producer.flush(10)
        print(json.dumps({"responses": responses, "published": sorted(published)}, sort_keys=True), flush=True)
        print("done", flush=True)
        break
else:
    print("gave up", json.dumps(responses), published, doubled, flush=True)
