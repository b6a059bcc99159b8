"""A server of A2A 0.3 over Kafka as a2a-python's pull request 434 answers, on the types of a2a-sdk 0.3.

Usage: pr434_server.py SERVERS
"""

import json
import sys

from a2a import types
from confluent_kafka import Consumer, Producer, TopicPartition

servers = sys.argv[1]
producer = Producer({"bootstrap.servers": servers})
consumer = Consumer({"bootstrap.servers": servers, "group.id": "a2a-server", "enable.auto.commit": False})
consumer.assign([TopicPartition("a2a-requests", number, 0) for number in range(2)])
print("ready", flush=True)


def task(state, identity="t1"):
    return types.Task(id=identity, context_id="c1", status=types.TaskStatus(state=state))


def reply(headers, kind, data):
    if not isinstance(data, dict):
        data = data.model_dump(by_alias=True, mode="json")
    producer.produce(
        headers["reply_topic"], value=json.dumps({"type": kind, "data": data}).encode(),
        headers=[("correlation_id", headers["correlation_id"])],
    )


while True:
    record = consumer.poll(0.05)
    if record is None or record.error():
        continue
    headers = {name: value.decode() for name, value in record.headers()}
    body = json.loads(record.value())
    types.AgentCard.model_validate(body["agent_card"])
    if body["method"] == "message_send":
        said = types.MessageSendParams.model_validate(body["params"]).message.parts[0].root.text
        if body["streaming"]:
            reply(headers, "task", task(types.TaskState.submitted))
            for number in range(20):
                artifact = types.Artifact(artifact_id="a", parts=[types.Part(root=types.TextPart(text=f"{said} {number}"))])
                reply(headers, "task_artifact_update", types.TaskArtifactUpdateEvent(
                    task_id="t1", context_id="c1", artifact=artifact, append=number > 0))
            reply(headers, "task_status_update", types.TaskStatusUpdateEvent(
                task_id="t1", context_id="c1", final=True, status=types.TaskStatus(state=types.TaskState.completed)))
            reply(headers, "stream_complete", {})
        else:
            reply(headers, "message", types.Message(
                message_id="m2", role=types.Role.agent, parts=[types.Part(root=types.TextPart(text=said + "!"))]))
    elif body["method"] == "task_get":
        identity = types.TaskQueryParams.model_validate(body["params"]).id
        if identity == "none":
            reply(headers, "error", {"error": ""})
        else:
            reply(headers, "task", task(types.TaskState.working, identity))
    producer.flush(10)
