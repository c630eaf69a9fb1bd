#!/usr/bin/env bash
# Limits of the process, of its user and of its control groups: they are respected, or named before any work with what helps.
# shellcheck disable=SC2016 # settings are for another shell, backquotes are those of messages
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
unset OMP_NUM_THREADS OMP_THREAD_LIMIT

# within SETTING STATUS ARGUMENT...: gforbit after a line of shell; a hang is a failure.
within() {
  local setting=$1 expected=$2 status=0
  shift 2
  timeout -k 5 60 bash -c "$setting"$'\nexec "$gforbit" "$@"' bash "$@" >out 2>err </dev/null || status=$?
  count=$((count + 1))
  what="$setting; gforbit $*"
  if ((status != expected)); then fail "$what: exit status $status, expected $expected"; fi
}
left_nothing() {
  if compgen -G 'no.h5*' >/dev/null; then fail "$what: left $(echo no.h5*)"; fi
}
register=(cycles --field 2 --degree 12 --feedback 'x0 + x3 + x1*x2' --progress never --force)

# More threads than OpenMP can have: refused, not crashed. OMP_DYNAMIC and its like would give a smaller team without a word.
within 'export OMP_NUM_THREADS=65536' 2 "${register[@]}" --output no.h5
says 'OMP_NUM_THREADS'
misuses "'--threads'" "${register[@]}" --output no.h5 --threads 65536
for setting in OMP_DYNAMIC=true OMP_MAX_ACTIVE_LEVELS=0 OMP_NESTED=false; do
  within "export $setting" 0 "${register[@]}" --output a.h5 --threads 16
done
within 'export OMP_THREAD_LIMIT=3' 1 "${register[@]}" --output no.h5 --threads 16
says '16 threads are wanted and OMP_THREAD_LIMIT allows 3'
within 'export OMP_THREAD_LIMIT=1' 0 "${register[@]}" --output a.h5
says '1 rank x 1 thread on'

# Address space: it holds stacks, and the tables that --memory bounds.
within 'ulimit -v 400000' 1 "${register[@]}" --output no.h5 --threads 300
says 'cannot start a team of 300 threads'
says '`ulimit -v` allows 390.6 MiB'
left_nothing
within 'ulimit -v 600000' 0 "${register[@]}" --output a.h5 --threads 2 --memory 8G
says '--memory asks for 8.0 GiB'
says 'ulimit -v'
within 'ulimit -v 600000' 0 "${register[@]}" --output a.h5 --threads 2 --dry-run
within 'ulimit -v 600000' 0 "${register[@]}" --output a.h5 --threads 2
if grep -q 'warning.*memory' err; then fail "$what: a warning without --memory"; fi
within 'ulimit -v 600000' 0 stream --pipeline 'range(10) * table(t)' --output s.h5 --memory 8G --threads 2
says '--memory asks for 8.0 GiB'
run 0 "${register[@]}" --output a.h5 --memory 1000T
says 'available to each rank'

# --memory bounds what a run holds, beside some 64 MiB of program: registers of a million cycles, trees without end.
peak_kib() { # ARGUMENT...: of a run that succeeds
  python3 - "$gforbit" "$@" <<'PYTHON'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
PYTHON
}
all_cells=$(printf '+x%d' {1..25})
for feedback in x1 'x0 + x1*x25' "x0$all_cells" 'x0 + x1*x2*x3*x4' 'x0*x1 + x3'; do
  what="the memory of $feedback"
  count=$((count + 1))
  peak=$(peak_kib cycles --field 2 --degree 26 --feedback "$feedback" --method enumerate --store-cycles none --memory 40M \
    --output p.h5 --force --progress never) || fail "$what: the run failed"
  if ((peak > (40 + 64) * 1024)); then fail "$what: $peak KiB under --memory 40M"; fi
done
misuses 'give at least 16M' "${register[@]}" --output no.h5 --memory 1

# Threads of the user. Root may exceed this limit.
if ((EUID == 0)) && command -v setpriv >/dev/null; then
  mkdir nobody
  cp "$gforbit" nobody/gforbit
  chmod 755 . nobody
  export user=$((60000 + $$ % 5000)) # who has no processes
  chown "$user" nobody
  as_nobody='cd nobody; gforbit=./gforbit; ulimit -u 4; exec setpriv --reuid=$user --clear-groups ./gforbit "$@"'
  within "$as_nobody" 1 "${register[@]}" --output no.h5 --threads 9
  says 'cannot start a team of 9 threads'
  says '`ulimit -u` allows the user 4 threads and processes'
  within "${as_nobody/-u 4/-u 1}" 1 "${register[@]}" --output no.h5 --threads 9
  says '`ulimit -u` allows the user 1 threads and processes'
elif ((EUID != 0)); then
  within 'ulimit -u 1' 1 "${register[@]}" --output no.h5 --threads 9
  says '`ulimit -u` allows the user 1 threads and processes'
fi
left_nothing

# Control groups, where this machine lets us make some.
groups=()
remove_groups() {
  local group
  for group in "${groups[@]}"; do rmdir "$group" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap remove_groups EXIT
# make_group CONTROLLER FILE: sets `group`, which has this file; fails where that is not possible.
make_group() {
  local mount
  for mount in "/sys/fs/cgroup/$1" /sys/fs/cgroup; do
    group=$mount/gforbit-test-$$
    if [[ ! -e $mount/cgroup.procs ]] || ! mkdir -p "$group" 2>/dev/null; then continue; fi
    groups+=("$group")
    if [[ -w $group/$2 ]]; then return 0; fi
  done
  return 1
}
inside='echo $$ >"$group/cgroup.procs"'
export group
if make_group cpu cpu.max; then
  echo '100000 100000' >"$group/cpu.max"
elif make_group cpu cpu.cfs_quota_us; then
  echo 100000 >"$group/cpu.cfs_quota_us"
else
  group=
fi
if [[ -n $group ]]; then
  within "$inside" 0 "${register[@]}" --output a.h5
  says '1 rank x 1 thread on'
  says 'CPU quota of 1 core'
  if grep -q warning err; then fail "$what: a warning"; fi
  within "$inside" 0 "${register[@]}" --output a.h5 --threads 2
  says '1 rank x 2 threads share a CPU quota of 1 core (control group '
fi
if make_group pids pids.max; then
  echo 20 >"$group/pids.max"
  within "$inside" 1 "${register[@]}" --output no.h5 --threads 40
  says 'cannot start a team of 40 threads'
  says "pids.max of the control group $group allows 20"
  left_nothing
fi
finish
