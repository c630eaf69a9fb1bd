#!/usr/bin/env bash
# setup.sh: what jobs/run.sh and tests/run.sh share: progress of a long command, the end of the log of one that failed, and how
# many cores a container leaves.
set -euo pipefail
jobs=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../jobs")
# shellcheck source=jobs/setup.sh
source "$jobs/setup.sh"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
log=$folder/setup.log
failures=0
fail() {
  echo "FAILED: $1"
  failures=$((failures + 1))
}

# A command that takes long is seen to go on; it ends here when it was seen.
# shellcheck disable=SC2034 # read in setup.sh
progress_interval=0
until_seen() { # the last line is its own, however long the machine takes
  echo '[3/7] Building CXX object a.o'
  until grep -q '3/7' err; do :; done
}
quietly building until_seen 2>err
if ! grep -qE '^gforbit: [0-9-]+T[0-9:]+Z building: \[3/7\] Building CXX object a.o$' err; then fail "progress: $(cat err)"; fi
broken() {
  echo 'error: no such header'
  return 7
}
if quietly building broken 2>err; then fail 'a command that failed'; fi
if ! grep -q 'building failed (exit status 7)' err || ! grep -q 'no such header' err; then fail "end of the log: $(cat err)"; fi

# cores GROUPS EXPECTED, with the files of $machine.
machine=$folder/machine
mkdir -p "$machine/proc/self"
put() {
  mkdir -p "$(dirname "$machine/sys/fs/cgroup/$1")"
  echo "$2" >"$machine/sys/fs/cgroup/$1"
}
cores() {
  local found
  printf '%b' "$1" >"$machine/proc/self/cgroup"
  found=$(cpu_quota)
  if [[ $found != "$2" ]]; then fail "groups '$1': '$found' cores instead of '$2'"; fi
  rm -rf "$machine/sys"
}
cores '0::/\n' ''
put a/cpu.max 'max 100000'
cores '0::/a/b\n' ''
put a/b/cpu.max '250000 100000'
put a/cpu.max '300000 100000'
cores '0::/a/b\n' 3
put cpu.max '150000 100000'
put a/b/cpu.max '400000 100000'
cores '0::/a/b\n' 2
put cpu/job/cpu.cfs_quota_us -1
put cpu/job/cpu.cfs_period_us 100000
cores '4:cpu,cpuacct:/job\n' ''
put cpu,cpuacct/job/cpu.cfs_quota_us 50000
put cpu,cpuacct/job/cpu.cfs_period_us 100000
cores '9:memory:/job\n4:cpu,cpuacct:/job/inner\n0::/\n' 1
put cpuset/job/cpu.cfs_quota_us 50000
put cpuset/job/cpu.cfs_period_us 100000
cores '4:cpuset:/job\n' ''
put a/cpu.max 'nonsense'
cores '0::/a\n' ''
put a/cpu.max '0 0'
cores '0::/a\nnonsense\n' ''
rm "$machine/proc/self/cgroup"
if [[ -n $(cpu_quota) ]]; then fail 'a machine without control groups'; fi

# A wrong number of ranks is said before anything is built.
for wrong in '--ranks 0' '--ranks many' '--ranks' '--ranks=-1'; do
  status=0
  # shellcheck disable=SC2086 # two words
  "$jobs/run.sh" $wrong 2>err || status=$?
  if ((status != 2)) || ! grep -q 'expected a number of ranks' err; then fail "run.sh $wrong: $status, $(cat err)"; fi
done
if ((failures > 0)); then exit 1; fi
