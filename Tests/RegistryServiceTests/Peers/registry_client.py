"""Confluent's Python serializers against a registry: argv is its URL; answers lines of JSON."""
import json
import sys

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

client = SchemaRegistryClient({"url": sys.argv[1]})
ORDER = json.dumps({
    "type": "record", "name": "Order", "namespace": "shop",
    "fields": [{"name": "id", "type": "string"}, {"name": "price", "type": ["null", "double"], "default": None}]})
REVIEW = json.dumps({
    "$schema": "http://json-schema.org/draft-07/schema#", "title": "Review", "type": "object",
    "properties": {"stars": {"type": "integer", "minimum": 1, "maximum": 5}, "text": {"type": "string"}},
    "required": ["stars"], "additionalProperties": False})


def say(**members):
    print(json.dumps(members), flush=True)


def context(topic):
    return SerializationContext(topic, MessageField.VALUE)


avro = AvroSerializer(client, ORDER)
say(name="avro", hex=avro({"id": "a", "price": 2.5}, context("orders")).hex())
say(name="avro-read", value=AvroDeserializer(client)(bytes.fromhex(sys.argv[2]), context("orders")))
review = JSONSerializer(REVIEW, client)
say(name="json", hex=review({"stars": 4, "text": "good"}, context("reviews")).hex())
say(name="json-read", value=JSONDeserializer(REVIEW)(bytes.fromhex(sys.argv[3]), context("reviews")))
say(name="subjects", value=client.get_subjects())
latest = client.get_latest_version("orders-value")
say(name="latest", value=[latest.subject, latest.version, latest.schema_id, latest.schema.schema_type])
say(name="compatible", value=client.test_compatibility("orders-value", Schema(ORDER, "AVRO")))
worse = json.dumps({
    "type": "record", "name": "Order", "namespace": "shop",
    "fields": [{"name": "id", "type": "string"}, {"name": "count", "type": "int"}]})
say(name="incompatible", value=client.test_compatibility("orders-value", Schema(worse, "AVRO")))
try:
    client.register_schema("orders-value", Schema(worse, "AVRO"))
    say(name="refused", value=None)
except SchemaRegistryError as error:
    say(name="refused", value=[error.http_status_code, error.error_code])
try:
    client.get_schema(4711)
    say(name="unknown", value=None)
except SchemaRegistryError as error:
    say(name="unknown", value=[error.http_status_code, error.error_code])
say(name="level", value=client.get_compatibility())
client.set_compatibility("orders-value", level="FULL")
say(name="own-level", value=client.get_compatibility("orders-value"))
say(name="gone", value=client.delete_subject("reviews-value", permanent=True))
