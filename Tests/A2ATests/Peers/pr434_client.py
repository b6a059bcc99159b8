"""A client of A2A 0.3 over Kafka with the habits of a2a-python's pull request 434, on the types of a2a-sdk 0.3.

It waits for an answer only after its send has returned, and drops what came before; what is in a stream's queue when the end
comes is lost. Usage: pr434_client.py SERVERS REPLY_TOPIC; writes one JSON object with what it heard.
"""

import json
import sys
import threading
import time
import uuid

from a2a import types
from confluent_kafka import Consumer, Producer, TopicPartition

servers, reply_topic = sys.argv[1:3]
producer = Producer({"bootstrap.servers": servers})
# Mock brokers do not answer a waiting fetch when something comes, as real ones do: it must not wait long.
consumer = Consumer({
    "bootstrap.servers": servers, "group.id": "a2a-client-test", "enable.auto.commit": False, "fetch.wait.max.ms": 10,
})
consumer.assign([TopicPartition(reply_topic, 0, 0)])
waiting, dropped = {}, []


def listen():
    while True:
        record = consumer.poll(0.05)
        if record is None or record.error():
            continue
        headers = {name: value.decode() for name, value in record.headers() or []}
        queue = waiting.get(headers.get("correlation_id"))
        body = json.loads(record.value())
        if queue is None:
            dropped.append(body["type"])
        elif body["type"] == "stream_complete":
            queue["items"].clear()
            queue["done"] = True
        else:
            queue["items"].append(body)


threading.Thread(target=listen, daemon=True).start()


def send(method, params, streaming):
    identity = str(uuid.uuid4())
    body = {"method": method, "params": params, "streaming": streaming, "agent_card": {"name": "Echo"}}
    producer.produce(
        "a2a-requests", value=json.dumps(body).encode(),
        headers=[("correlation_id", identity), ("reply_topic", reply_topic), ("agent_id", "Echo")],
    )
    producer.flush(30)
    time.sleep(0.01)
    waiting[identity] = {"items": [], "done": False}
    return waiting[identity]


def call(method, params):
    queue = send(method, params, False)
    end = time.time() + 120
    while not queue["items"] and time.time() < end:
        time.sleep(0.005)
    return queue["items"].pop(0)


def stream(method, params):
    queue = send(method, params, True)
    heard, end = [], time.time() + 120
    while time.time() < end:
        time.sleep(0.02)
        while queue["items"]:
            heard.append(queue["items"].pop(0))
        if queue["done"]:
            return heard
    return heard


KINDS = {
    "task": types.Task, "message": types.Message, "task_status_update": types.TaskStatusUpdateEvent,
    "task_artifact_update": types.TaskArtifactUpdateEvent,
}


def message(text):
    part = types.Part(root=types.TextPart(text=text))
    said = types.Message(message_id=str(uuid.uuid4()), role=types.Role.user, parts=[part])
    return types.MessageSendParams(message=said).model_dump(by_alias=True, mode="json")


answer = call("message_send", message("hello"))
task = types.Task.model_validate(answer["data"])
events = [(item["type"], KINDS[item["type"]].model_validate(item["data"])) for item in stream("message_send", message("a b c"))]
found = types.Task.model_validate(call("task_get", {"id": task.id})["data"])
print(json.dumps({
    "sent": task.status.state.value,
    "events": [name for name, _ in events],
    "final": getattr(events[-1][1], "final", None) if events else None,
    "found": found.id == task.id,
    "error": call("task_get", {"id": "none"})["data"]["error"],
    "cancel": call("task_cancel", {"id": task.id})["data"]["code"],
    "dropped": dropped,
}))
