"""A foreign agent as the seed's sample has it: reads requests from one topic, answers on another, knows of nothing else.

Usage: sentiment_service.py SERVERS REQUEST_TOPIC RESPONSE_TOPIC
"""

import json
import sys

from confluent_kafka import Consumer, Producer, TopicPartition

servers, request_topic, response_topic = sys.argv[1:4]
consumer = Consumer(
    {"bootstrap.servers": servers, "group.id": "sentiment-service", "enable.auto.commit": False}
)
producer = Producer({"bootstrap.servers": servers, "enable.idempotence": True, "linger.ms": 1})
partitions = consumer.list_topics(request_topic, timeout=30).topics[request_topic].partitions
consumer.assign([TopicPartition(request_topic, number, 0) for number in partitions])
print("ready", flush=True)


def answer(key, event):
    producer.produce(response_topic, key=key, value=json.dumps(event).encode())


while True:
    record = consumer.poll(0.1)
    producer.poll(0)
    if record is None or record.error():
        continue
    event = json.loads(record.value())
    text = event["message"]["text"]
    reply = {"id": event["id"], "message_type": "SentimentResponse"}
    if "fail" in text:
        reply["message"] = None
        reply["error"] = {"code": "modelMissing", "message": "no model for: " + text, "retryable": False}
    else:
        reply["message"] = {"sentiment": "positive" if "love" in text else "negative"}
    answer(b"service", reply)
    if "twice" in text:
        answer(None, reply)
    if "strange" in text:
        answer(None, {**reply, "id": "4444"})
    producer.flush(5)
