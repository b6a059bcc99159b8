#!/bin/sh
# Installs what the build needs and apt must give, and the packages named as arguments; does nothing when all is there.
set -eu

packages="librocksdb-dev librdkafka-dev libsqlite3-dev libhnswlib-dev libmicrohttpd-dev libavro-dev libyaml-dev pkg-config $*"

if ! command -v swift >/dev/null 2>&1; then
    echo "error: there is no 'swift' in PATH" >&2
    echo "hint: install Swift 6.3 or later from https://www.swift.org/install" >&2
    exit 1
fi

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "note: no apt here: the build needs the development files of RocksDB, librdkafka, SQLite, hnswlib, libmicrohttpd, avro-c and libyaml" >&2
    exit 0
fi

missing=""
for package in $packages; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    privileged() { env DEBIAN_FRONTEND=noninteractive "$@"; }
elif command -v sudo >/dev/null 2>&1; then
    privileged() { sudo env DEBIAN_FRONTEND=noninteractive "$@"; }
else
    echo "error: these packages are missing, and this is neither root nor is there sudo:$missing" >&2
    echo "hint: let an administrator run: apt-get install$missing" >&2
    exit 1
fi

echo "installing$missing" >&2
# shellcheck disable=SC2086
privileged apt-get install -y --no-install-recommends $missing && exit 0
echo "apt knows too little: updating its lists" >&2
privileged apt-get update
# shellcheck disable=SC2086
privileged apt-get install -y --no-install-recommends $missing
