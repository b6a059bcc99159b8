"""The behaviour of the A2A-RPK agents (inventory RPK-10 to RPK-12) with fastavro's bytes.

Reads records as JSON lines {"topic", "value" (hex)} in order; writes what the agents say to them as JSON lines
{"topic", "key", "value" (hex)}. Agents: requester agent-001, provider agent-002, executors agent-003 and agent-004, each in a
group of its own, so that both hear everything.
"""
import io
import json
import sys

import fastavro

STATUS = ["PENDING", "ACCEPTED", "REJECTED", "NEGOTIATING", "RUNNING", "COMPLETED", "FAILED"]
PRICE = ["null", "double"]
TEXT = ["null", "string"]


def record(name, *fields):
    return fastavro.parse_schema(
        {"type": "record", "name": name, "fields": [{"name": field, "type": kind} for field, kind in fields]}
    )


SCHEMAS = {
    "task-requests": record(
        "TaskRequest", ("task_id", "string"), ("requester_id", "string"), ("description", "string"),
        ("proposed_cost", PRICE), ("priority", "int"), ("timestamp", "long")),
    "task-responses": record(
        "TaskResponse", ("task_id", "string"), ("responder_id", "string"),
        ("status", {"type": "enum", "name": "TaskStatus", "symbols": STATUS}),
        ("counter_offer", PRICE), ("message", TEXT), ("timestamp", "long")),
    "negotiations": record(
        "NegotiationMessage", ("task_id", "string"), ("sender_id", "string"), ("receiver_id", "string"),
        ("negotiation_round", "int"), ("offer", PRICE), ("approved", "boolean"), ("message", TEXT),
        ("timestamp", "long")),
}
clock = 1751821529000
active = set()
queued = {"agent-003": set(), "agent-004": set()}


def send(topic, **fields):
    global clock
    clock += 1
    out = io.BytesIO()
    fastavro.schemaless_writer(out, SCHEMAS[topic], {**fields, "timestamp": clock})
    print(json.dumps({"topic": topic, "key": fields["task_id"], "value": out.getvalue().hex()}))


def respond(task, who, status, message=None):
    send("task-responses", task_id=task, responder_id=who, status=status, counter_offer=None, message=message)


def talk(task, sender, receiver, number, offer, approved, message=None):
    send("negotiations", task_id=task, sender_id=sender, receiver_id=receiver, negotiation_round=number, offer=offer,
         approved=approved, message=message)


def provider_requested(request):
    task, cost = request["task_id"], request["proposed_cost"]
    wanted = request["description"].lower()
    if any(skill.replace("_", " ") in wanted for skill in ["data_processing", "analysis", "reporting"]):
        respond(task, "agent-002", "ACCEPTED")
    elif cost is not None and cost < 150.0:
        active.add(task)
        respond(task, "agent-002", "NEGOTIATING")
        talk(task, "agent-002", request["requester_id"], 1, min(cost * 1.2, 150.0), False, "Starting negotiation")
    else:
        respond(task, "agent-002", "REJECTED", "Cost too high")


def requester_told(message):
    offer = message["offer"]
    if offer and offer <= 100.0:
        talk(message["task_id"], "agent-001", message["sender_id"], 1, offer, True)
    else:
        talk(message["task_id"], "agent-001", message["sender_id"], 1, offer * 0.8 if offer else 50.0, False)


def provider_told(message):
    task, offer = message["task_id"], message["offer"]
    if message["approved"]:
        if task in active:
            respond(task, "agent-002", "ACCEPTED", f"Task accepted at ${offer}")
    elif offer is not None and offer >= 30.0:
        talk(task, "agent-002", message["sender_id"], 2, offer, True)
    else:
        talk(task, "agent-002", message["sender_id"], 2, None, False)


def executors_told(response):
    for who, known in queued.items():
        if response["status"] == "ACCEPTED" and response["task_id"] not in known:
            known.add(response["task_id"])
            respond(response["task_id"], who, "RUNNING")
            respond(response["task_id"], who, "COMPLETED", f"done by {who}")


for line in sys.stdin:
    entry = json.loads(line)
    topic = entry["topic"]
    value = fastavro.schemaless_reader(io.BytesIO(bytes.fromhex(entry["value"])), SCHEMAS[topic])
    if topic == "task-requests":
        provider_requested(value)
    elif topic == "task-responses":
        executors_told(value)
    elif value["receiver_id"] == "agent-001":
        requester_told(value)
    elif value["receiver_id"] == "agent-002":
        provider_told(value)
