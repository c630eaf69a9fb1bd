#!/usr/bin/env bash
# What happens to machines: processes that are killed, disks that are full, folders that may not be written to, file systems
# without locks. After each the exit status and a message that says what to do, nothing left running, and the results of an
# uninterrupted run once it is resumed.
# shellcheck source=tests/restart/jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"

smaller_batch
program=$gforbit
reference

export GFORBIT_TEST_MARK=$folder
# shellcheck disable=SC2317 # called by eventually
none_left() {
  local process
  for process in /proc/[0-9]*; do
    if [[ $(cat "$process/comm" 2>/dev/null) =~ ^(gforbit|mpirun|orted)$ ]] &&
      grep -qz "^GFORBIT_TEST_MARK=$folder$" "$process/environ" 2>/dev/null; then
      return 1
    fi
  done
}
no_orphan() { eventually "$what: a process is left over" none_left || finish; }

# ready FILE: its checkpoint holds finished registers, as a resumed copy says.
ready() { eventually "$what: no results in the checkpoint" holds_rows "$1" || finish; }
rows_found() { grep -Eq "resumed from '$1.ckpt': [1-9]" "$2"; }
# shellcheck disable=SC2317 # called by eventually
holds_rows() {
  if ! has_results "$1"; then return 1; fi
  cp "$1.ckpt" copy.h5.ckpt
  "$program" "${batch[@]}" --output copy.h5 --resume --wall-limit 0.1 >copy.out 2>&1 </dev/null || true
  rm copy.h5*
  rows_found copy.h5 copy.out
}

# goes_on FILE RANKS: another run is told of --resume, which finds what was there and ends as if nothing had happened.
goes_on() {
  no_orphan
  run 0 2 "${batch[@]}" --output "$1"
  says '--resume continues'
  run "$2" 5 "${batch[@]}" --output "$1" --resume
  if ! rows_found "$1" err; then fail "$what: what was done is lost"; fi
  same_results "$1"
  rm "$1"
}

# Killed: a rank, the launcher, all.
resumed_on=0
for victims in 0 1 launcher all; do
  start 2 "${slowly[@]}" --output a.h5
  ready a.h5
  case $victims in
    launcher) kill -KILL "$launcher" ;;
    all) kill -KILL "$launcher" "${ranks[@]}" ;;
    *)
      kill -KILL "${ranks[victims]}"
      eventually "$what: the launcher does not tell of the rank that died" has 'signal 9' err || true
      ;;
  esac
  ended_badly
  if [[ -e a.h5 ]]; then fail "$what: an output of a run that was killed is there"; fi
  goes_on a.h5 "$resumed_on"
  resumed_on=$(((resumed_on + 3) % 4)) # 0, 3, 2, 1 ranks
done

# A disk that is full: before the run, while it works, when it is stopped, when it ends.
on_a_disk() { LD_PRELOAD=$faults GFORBIT_TEST_FULL=$folder/full "$@"; }
touch full
on_a_disk run 0 4 "${batch[@]}" --output b.h5
says 'No space left on device (free disk space)'
rm full
on_a_disk start_alone "${slowly[@]}" --output b.h5
ready b.h5
touch full
eventually "$what: no failure is told" has 'the next checkpoint tries again' err || finish
rm full
ended 5
same_results b.h5
rm b.h5
on_a_disk start_alone "${slowly[@]}" --output b.h5
ready b.h5
touch full
eventually "$what: no failure is told" has 'the next checkpoint tries again' err || finish
kill -USR1 "$launcher"
ended 4
says 'No space left on device (free disk space)'
says '--resume continues from there'
rm full
goes_on b.h5 2
on_a_disk start_alone "${slowly[@]}" --output b.h5
ready b.h5
touch full
ended 4
says '--resume' # of the checkpoint or the finished rows, whichever was written first
rm full
for file in b.h5 b.h5.tmp b.h5.lock; do
  if [[ -e $file ]]; then fail "$what: $file is left over"; fi
done
goes_on b.h5 2

# The same by a limit of file sizes, whose signal would kill.
printf '#!/bin/bash\nulimit -f 8000\nexec "%s" "$@"\n' "$gforbit" >limited
chmod 755 limited
gforbit=$folder/limited start_alone "${slowly[@]}" --output c.h5
eventually "$what: no failure is told" has 'the next checkpoint tries again' err || finish
says 'ulimit -f'
kill -KILL "$launcher"
{ wait "$launcher"; } 2>/dev/null || true
run 2 5 "${batch[@]}" --output c.h5 --resume
same_results c.h5

# No file can be locked: the lock file itself is the lock, and that of a process that is gone is none.
without_locks() { LD_PRELOAD=$faults GFORBIT_TEST_NO_LOCKS=${refusal:-37} "$@"; }
small=(cycles --field 2 --coefficients '1,1' --progress never)
for refusal in 37 95 38 22 524; do
  without_locks run 0 0 "${small[@]}" --output small.h5 --force
  # HDF5's own locks are off; where the environment asks for them, that is known before any work and said.
  HDF5_USE_FILE_LOCKING=TRUE without_locks run 0 4 "${small[@]}" --output locked.h5
  says 'set it to FALSE'
  if has 'free disk space' err || compgen -G 'locked.h5*' >found; then fail "$what: not refused before any work"; fi
  HDF5_USE_FILE_LOCKING=TRUE without_locks run 0 3 summary small.h5
  says 'set HDF5_USE_FILE_LOCKING to FALSE'
done
unset refusal
HDF5_USE_FILE_LOCKING=TRUE run 0 0 "${small[@]}" --output small.h5 --force
without_locks start_alone "${slowly[@]}" --output d.h5
ready d.h5
cp err before
without_locks run 0 4 "${batch[@]}" --output d.h5 --resume
says "it is being written by 'process $launcher on host"
kill -KILL "$launcher"
{ wait "$launcher"; } 2>/dev/null || true
if [[ ! -e d.h5.lock ]]; then fail "$what: no lock file is left, so nothing is tested here"; fi
without_locks run 2 5 "${batch[@]}" --output d.h5 --resume
same_results d.h5
if [[ -e d.h5.lock ]]; then fail "$what: the lock file is left over"; fi

# A folder that may not be written to, from the start and while the run works. root may write everywhere.
cp "$gforbit" program
if ((EUID == 0)); then
  printf '#!/bin/sh\nexec setpriv --reuid=65534 --regid=65534 --clear-groups "%s/program" "$@"\n' "$folder" >as_nobody
else
  printf '#!/bin/sh\nexec "%s/program" "$@"\n' "$folder" >as_nobody
fi
chmod 755 as_nobody program "$folder"
if ./as_nobody --version >out 2>err; then
  gforbit=$folder/as_nobody
  mkdir -m 555 mine
  if ((EUID == 0)); then chown 65534:65534 mine; fi
  run 0 4 "${batch[@]}" --output mine/e.h5
  says "no permission to write in directory 'mine'"
  says 'choose another --output'
  chmod 755 mine
  start_alone "${slowly[@]}" --output mine/e.h5
  ready mine/e.h5
  chmod 555 mine
  ended 4
  says 'all results are in the checkpoint: free disk space or allow writing there, then --resume writes them'
  chmod 755 mine
  goes_on mine/e.h5 0
else
  echo 'skipped: no other user can be had here, and root may write to any directory'
fi
finish
