#!/bin/sh
# The Python programs that tests compare with, in a folder of their own: nothing else on the machine changes.
set -eu
cd "$(dirname "$0")/.."
folder=.build/peers
wanted="autogen-core==0.7.5 confluent-kafka==2.6.1"
if [ -x "$folder/bin/python" ] && [ "$(cat "$folder/wanted" 2>/dev/null)" = "$wanted" ]; then exit 0; fi
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check $wanted
printf '%s' "$wanted" >"$folder/wanted"
