#!/usr/bin/env bash
# Runs that are stopped in good order by a signal or the wall limit, and what they are resumed to.
# shellcheck source=tests/restart/jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"

reference

# Every stop signal, without a launcher and with one; the ranks and threads of each part of the run are others.
for signal in USR1 TERM INT; do
  start_alone "${batch[@]}" --output a.h5 --threads 1
  eventually "$what: no checkpoint" test -s a.h5.ckpt || finish
  sleep "0.$((RANDOM % 10))"
  begin=$SECONDS
  kill -"$signal" "$launcher"
  ended 75
  if ((SECONDS - begin > 10)); then fail "$what: a stop took $((SECONDS - begin)) s"; fi
  says "stopping for SIG$signal"
  says "--resume continues"
  "$gforbit" check a.h5 >out 2>err || fail "$what: the output of a stopped run is not valid"
  if ! has 'incomplete' out; then fail "$what: the output does not say that it is incomplete"; fi
  run 0 2 "${batch[@]}" --output a.h5
  says '--resume'
  run 3 5 "${batch[@]}" --output a.h5 --resume --threads 2
  says 'resumed from'
  same_results a.h5
  rm a.h5
done
start 3 "${batch[@]}" --output a.h5 --threads 1
eventually "$what: no checkpoint" test -s a.h5.ckpt || finish
kill -USR1 "$launcher" # mpirun passes it on
ended 75
run 0 5 "${batch[@]}" --output a.h5 --resume
same_results a.h5

# Another vector level.
cp batch.jsonl large.jsonl
smaller_batch
rm reference.h5
reference
start_alone "${slowly[@]}" --output level.h5
eventually "$what: no checkpoint" test -s level.h5.ckpt || finish
kill -USR1 "$launcher"
ended 75
run 0 5 "${batch[@]}" --output level.h5 --resume
says_once 'differs from the one before: vector level: scalar there, '
same_results level.h5
mv large.jsonl batch.jsonl
rm reference.h5
reference

# A signal that was ignored when the run began stays ignored: nohup, and what a shell starts in the background.
for signal in HUP INT XCPU; do
  what="$signal ignored"
  (trap '' "$signal" && exec "$gforbit" stream --pipeline 'range(3) * delay(1) * table(t)' --output i.h5 >out 2>err) &
  launcher=$!
  ranks=("$launcher")
  started+=("$launcher")
  eventually "$what: no checkpoint" test -s i.h5.ckpt || finish
  kill -"$signal" "$launcher"
  ended 0
  run 0 0 check i.h5
  rm i.h5
done
for signal in HUP XCPU; do
  start_alone "${long_run[@]}" --output l.h5
  eventually "$what: no checkpoint" test -s l.h5.ckpt || finish
  kill -"$signal" "$launcher"
  ended 75
  says "stopping for SIG$signal"
  rm l.h5 l.h5.ckpt
done

# The limit of CPU time: its signal comes again every second, and asks once.
what='ulimit -t'
(ulimit -S -t 2 && exec "$gforbit" "${long_run[@]}" --output l.h5 >out 2>err </dev/null) &
launcher=$!
ranks=("$launcher")
started+=("$launcher")
ended 75
says 'stopping for SIGXCPU'
says 'saved, --resume continues'

# A terminal that dies takes nobody with it who ignores SIGHUP: neither what is printed there nor the log.
cat >terminal.py <<'END'
import os, pty, signal, sys
child, terminal = pty.fork()
if child == 0:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.execv(sys.argv[1], sys.argv[1:])
os.read(terminal, 1)
os.close(terminal)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
END
if python3 -c 'import pty' 2>err; then
  rows='range(300000) * (print(p) * discard | table(t))'
  what='a terminal that dies'
  status=0
  timeout 120 python3 terminal.py "$gforbit" stream --pipeline "$rows" --progress always --output t.h5 >out 2>err || status=$?
  if ((status != 0)); then fail "$what: exit status $status"; fi
  run 0 0 check t.h5
else
  echo 'skipped: no python3, so no terminal can die'
fi

# While input is still being read there is nothing to save: one signal is enough. The thread that exits then is not the one
# that may speak MPI.
mkfifo pipe
exec {writer}<>pipe
# shellcheck disable=SC2317 # called by eventually
reads_input() { # it has the file without a name that standard input is copied to
  [[ $(<"/proc/${ranks[0]}/comm") == gforbit ]] && find "/proc/${ranks[0]}/fd" -lname '*/gforbit-*(deleted)' | grep -q .
}
for n in 0 2; do
  if ((n == 0)); then
    stdin=pipe start_alone cycles --batch - --output d.h5
  else
    LD_PRELOAD=$faults stdin=pipe start 2 cycles --batch - --output d.h5
  fi
  eventually "$what: it does not wait for input" reads_input || finish
  kill -USR1 "$launcher"
  ended 75
  says 'stopped by a signal before any work began'
  if has 'must not speak MPI' err; then fail "$what: MPI was called by another thread than the main one"; fi
done
exec {writer}>&-
run 0 5 "${batch[@]}" --output d.h5 --resume
same_results d.h5

# What is complete stays as it is, with the exit status of then; another problem is told from it.
run 0 5 "${batch[@]}" --output a.h5 --resume
says 'complete already'
run 0 3 "${batch[@]}" --output a.h5 --resume --store-cycles 3
says 'store-cycles: 1000000 there, 3 here'
rm a.h5

# The wall limit; several parts, the first too short for all with narrow vectors, and longer ones for a machine that has more
# to do.
parts=0
status=75
while ((status == 75 && ++parts < 20)); do
  status=0
  limit=$((parts + 1)).5
  what="--wall-limit $limit"
  "$gforbit" "${batch[@]}" --output a.h5 --resume --wall-limit "$limit" --threads 1 --simd sse2 >out 2>err || status=$?
  says '(--wall-limit)'
done
if ((status != 5 || parts < 2)); then fail "$what: $parts parts, exit status $status"; fi
same_results a.h5

# SIGUSR2: a checkpoint now, and on it goes. The second stop signal: at once.
start_alone "${long_run[@]}" --output b.h5 --checkpoint-interval 0 --memory 16M # so that not so much comes that it must be written
eventually "$what: no checkpoint" test -s b.h5.ckpt || finish
sleep 1
before=$(stat -c %s b.h5.ckpt)
grew() { (($(stat -c %s b.h5.ckpt) > before)); }
if grew; then fail "$what: a checkpoint was written although the interval is 0"; fi
kill -USR2 "$launcher"
eventually "$what: SIGUSR2 wrote no checkpoint" grew || finish
if is_gone "$launcher"; then fail "$what: SIGUSR2 ended the run"; fi
kill -STOP "$launcher" # so that both signals are there before the first is answered
kill -USR1 "$launcher"
kill -CONT "$launcher"
kill -TERM "$launcher" # one stop, sent twice by a batch system
ended 75
says 'stopping for SIG'
if has 'second signal: exit' err; then fail "$what: one stop that came twice was taken for two"; fi
run 0 3 "${long_run[@]}" --output b.h5 --resume --store-cycles 7
says 'store-cycles: 1000000 there, 7 here'
run 0 2 "${long_run[@]}" --output c.h5 --resume --force
says 'exclude each other'

# Every snapshot is a valid file.
start_alone "${long_run[@]}" --output c.h5 --snapshot-interval 0.2
eventually "$what: no snapshot" test -s c.h5 || finish
"$gforbit" check c.h5 >out2 2>&1 || fail "$what: the snapshot is not valid"
kill -USR1 "$launcher"
ended 75
finish
