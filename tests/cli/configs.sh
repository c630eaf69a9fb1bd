#!/usr/bin/env bash
# configs.sh GFORBIT ROOT: every shipped configuration says what it is, runs, and leaves a valid file.
root=$(realpath "$2")
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh" "$1"

found=0
for config in "$root"/configs/*/*.ini; do
  job=$(basename "$(dirname "$config")")
  if [[ $(head -c 2 "$config") != "# " ]]; then fail "$config does not begin with a comment"; fi
  cd "$root" # paths in configurations count from there
  "$gforbit" "$job" --config "$config" --dry-run >"$folder/out" 2>"$folder/err" || {
    cd "$folder"
    fail "$config: --dry-run"
  }
  status=0
  "$gforbit" "$job" --config "$config" --output "$folder/a.h5" --force >"$folder/out" 2>"$folder/err" || status=$?
  cd "$folder"
  count=$((count + 1))
  if ((status != 0)); then fail "$config: exit status $status"; fi
  run 0 check a.h5
  run 0 summary a.h5
  found=$((found + 1))
done

# Shipped systems have the digests that their page names; the large ones are only planned.
for system in "$root"/configs/systems/*.json; do
  run 0 cycles --system "$system" --basins --dry-run
  case $system in
    */trivium36.json | */grain40.json) continue ;;
  esac
  run 0 cycles --system "$system" --basins --output a.h5 --force
  run 0 check a.h5
  digest=$("$gforbit" summary --digest a.h5)
  if ! grep "$(basename "$system")" "$root/docs/systems.md" | grep -qF "${digest:0:16}"; then
    fail "$system: docs/systems.md does not name its digest $digest"
  fi
done
if ((found < 4)); then fail "only $found configurations in $root/configs"; fi
finish
