"""A collector: takes OTLP over HTTP, parses it with opentelemetry-proto, and writes a JSON line for each span.

Arguments: a file for the spans, a file for the port; then how each request is answered, in order, the last for ever:
ok, 503, 400, garbage, slow, partial.
"""

import http.server
import json
import sys
import time

from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

spans_file, port_file, *behaviours = sys.argv[1:]


def value(any_value):
    kind = any_value.WhichOneof("value")
    if kind == "array_value":
        return [value(each) for each in any_value.array_value.values]
    return getattr(any_value, kind)


def json_ids(node):
    """OTLP's JSON has ids in hexadecimal where protobuf's own has base64."""
    import base64

    for name, each in list(node.items()):
        if name in ("traceId", "spanId", "parentSpanId"):
            node[name] = base64.b64encode(bytes.fromhex(each)).decode()
        elif isinstance(each, dict):
            json_ids(each)
        elif isinstance(each, list):
            for item in each:
                if isinstance(item, dict):
                    json_ids(item)
    return node


class Handler(http.server.BaseHTTPRequestHandler):
    count = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        behaviour = (behaviours or ["ok"])[min(Handler.count, max(0, len(behaviours) - 1))]
        Handler.count += 1
        if behaviour == "slow":
            time.sleep(3)
        if behaviour in ("503", "400"):
            self.send_response(int(behaviour))
            self.end_headers()
            return
        is_json = self.headers["Content-Type"] == "application/json"
        if is_json:
            request = Parse(json.dumps(json_ids(json.loads(body))), ExportTraceServiceRequest())
        else:
            request = ExportTraceServiceRequest.FromString(body)
        with open(spans_file, "a") as file:
            for resource_spans in request.resource_spans:
                resource = {each.key: value(each.value) for each in resource_spans.resource.attributes}
                for scope_spans in resource_spans.scope_spans:
                    for span in scope_spans.spans:
                        line = {
                            "path": self.path, "key": self.headers.get("x-key"), "service": resource.get("service.name"),
                            "trace": span.trace_id.hex(), "span": span.span_id.hex(),
                            "parent": span.parent_span_id.hex(), "name": span.name, "kind": span.kind,
                            "start": span.start_time_unix_nano, "end": span.end_time_unix_nano,
                            "state": span.trace_state, "flags": span.flags,
                            "code": span.status.code, "message": span.status.message,
                            "attributes": {each.key: value(each.value) for each in span.attributes},
                        }
                        file.write(json.dumps(line, sort_keys=True) + "\n")
        self.send_response(200)
        self.end_headers()
        if behaviour == "garbage":
            self.wfile.write(b"\xff\xfe\x00<html>")
        elif behaviour == "partial":
            response = ExportTraceServiceResponse(partial_success=ExportTracePartialSuccess(rejected_spans=1))
            if is_json:
                self.wfile.write(b'{"partialSuccess":{"rejectedSpans":"1"}}')
            else:
                self.wfile.write(response.SerializeToString())

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(port_file + ".new", "w") as file:
    file.write(str(server.server_port))
import os

os.rename(port_file + ".new", port_file)
server.serve_forever()
