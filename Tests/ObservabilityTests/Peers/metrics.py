"""Parses Prometheus text from standard input with prometheus-client's own parser; prints a line for each sample."""

import sys

from prometheus_client.parser import text_string_to_metric_families

for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        labels = ",".join(f"{name}={value!r}" for name, value in sorted(sample.labels.items()))
        print(f"{family.type} {family.name} {sample.name} {{{labels}}} {float(sample.value)}")
