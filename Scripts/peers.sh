#!/bin/sh
# The Python programs that tests compare with, in a folder of their own: nothing else on the machine changes.
set -eu
cd "$(dirname "$0")/.."
folder=.build/peers
wanted="autogen-core==0.7.5 confluent-kafka[avro,json,schemaregistry]==2.6.1 fastavro==1.13.1 cloudevents==2.2.0 a2a-sdk==1.3.0 \
mcp==2.3.0 prometheus-client==0.26.0 opentelemetry-proto==1.45.2 PyYAML==6.0.3 uvicorn==0.54.0"
if ! [ -x "$folder/bin/python" ] || [ "$(cat "$folder/wanted" 2>/dev/null)" != "$wanted" ]; then
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check $wanted
    printf '%s' "$wanted" >"$folder/wanted"
fi
# A2A 0.3, whose module has the same name as 1.0's: in a folder that its test puts first.
if ! [ -d "$folder/a2a03" ]; then
    "$folder/bin/pip" install --quiet --disable-pip-version-check --target "$folder/a2a03" a2a-sdk==0.3.26
fi
