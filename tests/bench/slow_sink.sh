#!/usr/bin/env bash
# Memory of an endless source before a slow sink: resident size once a second, and how far it moved after the first
# five. What flows is made a thousand times faster than it may leave. A checkpoint is kept in memory until it is
# written, so it is written every five seconds.
# slow_sink.sh PATH/TO/gforbit [SECONDS, 60]
set -euo pipefail
gforbit=$(realpath "$1")
seconds=${2:-60}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$gforbit" stream --pipeline 'range() * map(t = "text", x = value / 3) * delay(0.1) * filter(value % 1000 == 0) * discard' \
  --output slow.h5 --timeout "$seconds" --checkpoint-interval 5 \
  --progress never 2>log &
program=$!
low=0 high=0
for ((i = 1; i < seconds; ++i)); do
  sleep 1
  resident=$(awk '/^VmRSS/ { print $2 }' "/proc/$program/status" 2>/dev/null) || break
  if ((i == 5)); then low=$resident high=$resident; fi
  if ((i > 5 && resident < low)); then low=$resident; fi
  if ((i > 5 && resident > high)); then high=$resident; fi
done
wait "$program" || true
items=$(grep -o '[^ ]* items in' log | head -n 1)
printf '%s s: resident %s to %s KiB after the first 5 s; %s\n' "$seconds" "$low" "$high" "$items"
