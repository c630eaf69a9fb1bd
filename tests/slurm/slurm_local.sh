#!/usr/bin/env bash
# slurm_local.sh - a throw-away, real Slurm "cluster" (munged + slurmctld + slurmd)
# on one machine: no systemd, no cgroups, loopback only where that is possible, all state in one directory.
#
#   slurm_local.sh up     [STATE_DIR]    start what is not running; wait until the nodes are idle
#   slurm_local.sh status [STATE_DIR]    exit 0 when everything answers
#   slurm_local.sh down   [STATE_DIR]    cancel jobs, stop the daemons (by their pid files only)
#   slurm_local.sh env    [STATE_DIR]    print the lines to eval in a client shell
#
# STATE_DIR: argument, else $SLURM_LOCAL_DIR, else ${TMPDIR:-/tmp}/slurm_local.<uid>
# (must be short: the munge socket path is limited to ~100 characters).
#
# Environment read by `up` (slurm.conf is rewritten whenever no slurm daemon of STATE_DIR is running;
# what is not set keeps its value from the previous `up` in the same STATE_DIR):
#   SLURM_LOCAL_NODES=1      number of nodes; > 1 starts that many slurmd on this host (-N nodeK)
#   SLURM_LOCAL_CPUS=nproc   CPUs advertised per node (may exceed the real number)
#   SLURM_LOCAL_MEM_MB       RealMemory per node (default 90 % of MemTotal / nodes)
#   SLURM_LOCAL_KILLWAIT=30  KillWait: seconds from SIGTERM to SIGKILL
#   SLURM_LOCAL_REQUEUE=10   seconds a requeued job waits before it may start again (Slurm's default: 120)
#   SLURM_LOCAL_TIMEOUT=60   seconds to wait for the nodes to become idle
#   SLURM_LOCAL_MPI=none     MpiDefault (none | pmix)
#   SLURM_LOCAL_TASK=task/none   TaskPlugin (task/affinity to bind tasks to cores; real CPU counts only)
#   SLURM_LOCAL_NS=auto      several nodes: give each slurmd its own hostname, /etc/hosts and /dev/shm
#                            (UTS + mount namespaces; needs root); "off" to share the host's
#   SLURM_LOCAL_EXTRA        text appended verbatim to slurm.conf
# shellcheck disable=SC2016,SC2015 # what is quoted is for another shell; die does not return
set -u
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C

die() { echo "slurm_local: $*" >&2; exit 1; }
verb=${1:-}
case $verb in up|down|status|env) ;; *) awk 'NR==1{next} /^#/{sub(/^# ?/,""); print; next} {exit}' "$0"; exit 2 ;; esac
S=${2:-${SLURM_LOCAL_DIR:-${TMPDIR:-/tmp}/slurm_local.$(id -u)}}
case $S in /*) ;; *) S=$PWD/$S ;; esac
[ ${#S} -le 80 ] || die "state directory path too long (${#S} > 80): $S"
CONF=$S/slurm.conf
unset SLURM_CONF                      # never talk to another cluster by accident
export SLURM_CONF=$CONF
me=$(id -un)

# --- processes, by pid file only ------------------------------------------------------------
# A pid counts as ours only if it is alive AND its command line names our state directory
# (guards against pid reuse after a crash or a reboot).
ours() {     # ours PID COMM : the process is alive, has that name and was started for this directory
    case $(cat "/proc/$1/comm" 2>/dev/null) in "$2"*) ;; *) return 1 ;; esac
    tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF -- "$S/"      # empty for a zombie
}
pid_of() {   # pid_of FILE COMM
    local p
    p=$(tr -dc 0-9 2>/dev/null <"$1") || return 1
    [ -n "$p" ] && ours "$p" "$2" && echo "$p"
}
stop_one() { # stop_one FILE COMM SECONDS : SIGTERM, wait, SIGKILL (slurmd drops its pid file before it ends)
    local p i
    p=$(pid_of "$1" "$2") || { rm -f "$1"; return 0; }
    kill -TERM "$p" 2>/dev/null
    for ((i = 0; i < $3 * 10; i++)); do ours "$p" "$2" || break; sleep 0.1; done
    if ours "$p" "$2"; then
        echo "slurm_local: $2 ($p) ignored SIGTERM for $3 s, SIGKILL" >&2
        kill -KILL "$p" 2>/dev/null
    fi
    rm -f "$1"
}
node_names() { cat "$S/nodes" 2>/dev/null; }

# Slurm can listen on the address of the host's own name, or on all. Clients come from 127.0.0.1, and are called back
# there: where the name has another address (127.0.1.1 on a Debian as it is installed), all it is; munge keeps others off.
listening() {
    case $(getent ahostsv4 "$(uname -n)") in 127.0.0.1\ *) echo CommunicationParameters=NoInAddrAny,NoCtldInAddrAny ;; esac
}

free_port() { # a TCP port nobody listens on, from a window that starts at a per-directory offset
    local p=$1
    while awk -v h="$(printf ':%04X' "$p")" '$4=="0A" && substr($2,length($2)-4)==h {f=1} END{exit !f}' \
            /proc/net/tcp /proc/net/tcp6 2>/dev/null; do p=$((p + 1)); done
    echo "$p"
}

load_settings() { # what an earlier `up` was given, unless the environment says otherwise now
    # shellcheck disable=SC1091
    [ ! -O "$S/settings" ] || . "$S/settings"
    NODES=${SLURM_LOCAL_NODES:-1}
}
write_conf() {
    local v
    for v in NODES CPUS MEM_MB KILLWAIT REQUEUE MPI TASK NS EXTRA; do
        v=SLURM_LOCAL_$v
        [ -z "${!v+set}" ] || printf '[ -n "${%s+set}" ] || %s=%q\n' "$v" "$v" "${!v}"
    done >"$S/settings.new"
    mv "$S/settings.new" "$S/settings"
    local host cpus mem i port base names=() nodeline=""
    host=$(uname -n); host=${host%%.*}
    cpus=${SLURM_LOCAL_CPUS:-$(nproc)}
    mem=${SLURM_LOCAL_MEM_MB:-$(awk -v n="$NODES" '/^MemTotal/{printf "%d", $2/1024*0.9/n}' /proc/meminfo)}
    base=$((20000 + $(printf %s "$S" | cksum | cut -d' ' -f1) % 400 * 25))   # below ip_local_port_range
    port=$(free_port "$base"); local ctlport=$port
    for ((i = 1; i <= NODES; i++)); do
        port=$(free_port $((port + 1)))
        local n=$host; [ "$NODES" -gt 1 ] && n=node$i
        names+=("$n")
        nodeline+="NodeName=$n NodeHostname=$host NodeAddr=127.0.0.1 Port=$port CPUs=$cpus RealMemory=$mem State=UNKNOWN"$'\n'
    done
    printf '%s\n' "${names[@]}" >"$S/nodes"
    cat >"$CONF" <<CONF_END
# generated by slurm_local.sh
ClusterName=local
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$ctlport
SlurmUser=$me
SlurmdUser=$me
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$S/munge.sock,cred_expire=${SLURM_LOCAL_REQUEUE:-10}
$(listening)
StateSaveLocation=$S/ctld
SlurmctldPidFile=$S/slurmctld.pid
SlurmctldLogFile=$S/slurmctld.log
SlurmdSpoolDir=$S/spool.%n
SlurmdPidFile=$S/slurmd.%n.pid
SlurmdLogFile=$S/slurmd.%n.log
TmpFS=$S/tmp.%n
SlurmctldDebug=info
SlurmdDebug=info
SlurmdParameters=config_overrides
MpiDefault=${SLURM_LOCAL_MPI:-none}
ProctrackType=proctrack/linuxproc
TaskPlugin=${SLURM_LOCAL_TASK:-task/none}
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$S/jobcomp.txt
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=0,bf_interval=2
ReturnToService=2
JobRequeue=1
KillWait=${SLURM_LOCAL_KILLWAIT:-30}
MinJobAge=3600
MaxJobCount=2000
InactiveLimit=0
SlurmdTimeout=60
SlurmctldTimeout=60
MailProg=/bin/true
$nodeline
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=10:00 State=UP OverSubscribe=NO
${SLURM_LOCAL_EXTRA:-}
CONF_END
}

# Several slurmd on one host share its hostname, and Open MPI names its shared-memory files and session
# directories after the hostname: ranks of two "nodes" then corrupt each other (SIGSEGV in btl/vader).
# With root, every slurmd gets its own UTS and mount namespace; the pid namespace stays the host's. Without root, jobs do
# without shared memory.
has_nodes() { [ "$(node_names | wc -l)" -gt 1 ]; }
use_ns() {
    has_nodes && [ "${SLURM_LOCAL_NS:-auto}" != off ] && [ "$(id -u)" = 0 ] && [ -e /etc/hosts ] \
        && unshare --uts --mount true 2>/dev/null
}
start_slurmd() {
    if use_ns; then
        { cat /etc/hosts; echo "127.0.0.1 $(node_names | tr '\n' ' ')"; } >"$S/hosts"
        unshare --uts --mount bash -c '
            echo "$1" >/proc/sys/kernel/hostname
            mount --bind "$2/hosts" /etc/hosts && mount -t tmpfs -o mode=1777 tmpfs /dev/shm &&
            exec slurmd -f "$2/slurm.conf" -N "$1"' bash "$1" "$S"
    else
        slurmd -f "$CONF" -N "$1"
    fi
}

print_env() {
    echo "export SLURM_CONF='$CONF'"
    # passed on to the jobs (sbatch and srun export the environment by default)
    echo "export OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo"
    use_ns || ! has_nodes || echo "export OMPI_MCA_btl=tcp,self"
    [ "$(id -u)" != 0 ] || echo "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"
}

answers() { timeout 10 scontrol ping 2>/dev/null | grep -q 'is UP'; }
all_idle() { # every node registered, none unusable
    ! timeout 10 sinfo -h -N -o %T 2>&1 | grep -qEv '^(idle|mixed|allocated|completing)$'
}

do_up() {
    local n c t0=$SECONDS
    for c in munged slurmctld slurmd slurmstepd srun sbatch; do
        command -v $c >/dev/null || die "$c not found (apt-get install slurm-wlm munge)"
    done
    # Slurm resolves with AI_ADDRCONFIG: it cannot even parse 127.0.0.1 when the only IPv4 address is 127.0.0.1
    getent ahostsv4 127.0.0.1 >/dev/null || die "no IPv4 address besides 127.0.0.1: run 'ip addr add 127.0.0.2/8 dev lo' (root) first"
    mkdir -p "$S" && chmod 755 "$S" || die "cannot create $S"
    [ -O "$S" ] || die "$S is not owned by $me"
    mkdir -p "$S/ctld"
    load_settings
    # never rewrite the configuration under a running daemon (a crashed one is restarted with it)
    local running=0
    pid_of "$S/slurmctld.pid" slurmctld >/dev/null && running=1
    for n in $(node_names); do pid_of "$S/slurmd.$n.pid" slurmd >/dev/null && running=1; done
    [ $running = 1 ] && [ -s "$CONF" ] || write_conf
    if [ ! -s "$S/munge.key" ]; then
        (umask 077; head -c 1024 /dev/urandom >"$S/munge.key")
    fi
    if ! pid_of "$S/munged.pid" munged >/dev/null; then
        rm -f "$S/munge.sock" "$S/munge.sock.lock"
        munged --key-file="$S/munge.key" --socket="$S/munge.sock" --pid-file="$S/munged.pid" \
               --log-file="$S/munged.log" --seed-file="$S/munged.seed" --num-threads=2 \
            || { tail -5 "$S/munged.log" >&2; die "munged did not start"; }
    fi
    if ! pid_of "$S/slurmctld.pid" slurmctld >/dev/null; then
        slurmctld -f "$CONF" || { tail -20 "$S/slurmctld.log" >&2; die "slurmctld did not start"; }
    fi
    for n in $(node_names); do
        mkdir -p "$S/spool.$n" "$S/tmp.$n"; chmod 1777 "$S/tmp.$n"
        pid_of "$S/slurmd.$n.pid" slurmd >/dev/null && continue
        start_slurmd "$n" || { tail -20 "$S/slurmd.$n.log" >&2; die "slurmd $n did not start"; }
    done
    until answers && all_idle; do
        if [ $((SECONDS - t0)) -ge "${SLURM_LOCAL_TIMEOUT:-60}" ]; then
            sinfo -N -l >&2; tail -n 15 "$S"/slurmctld.log "$S"/slurmd.*.log >&2
            die "nodes not idle after ${SLURM_LOCAL_TIMEOUT:-60} s"
        fi
        for n in $(timeout 10 sinfo -h -N -o '%N %T' 2>/dev/null | awk '$2 ~ /^(down|drained)/{print $1}'); do
            timeout 10 scontrol update NodeName="$n" State=RESUME 2>/dev/null   # left over from a crash
        done
        sleep 0.2
    done
    print_env >"$S/env.sh"
    print_env
}

do_down() {
    local n i
    [ -d "$S" ] || { echo "slurm_local: $S does not exist, nothing to do" >&2; return 0; }
    if pid_of "$S/slurmctld.pid" slurmctld >/dev/null && answers; then
        # even SIGKILL goes CONT, TERM, KillWait, KILL: shorten the wait (`up` writes slurm.conf anew)
        sed -i 's/^KillWait=.*/KillWait=2/' "$CONF" && timeout 10 scontrol reconfigure 2>/dev/null
        scancel --user="$me" --state=PENDING 2>/dev/null
        scancel --user="$me" 2>/dev/null
        for ((i = 0; i < 600; i++)); do          # wait for slurmd to reap them, at most about a minute
            [ -z "$(timeout 5 squeue -h -o %i 2>/dev/null)" ] && break
            [ $((i % 50)) = 20 ] && scancel --user="$me" 2>/dev/null   # requeued meanwhile, or stuck
            sleep 0.1
        done
    fi
    for n in $(node_names); do stop_one "$S/slurmd.$n.pid" slurmd 10; done
    stop_one "$S/slurmctld.pid" slurmctld 20
    stop_one "$S/munged.pid" munged 5
    rm -f "$S/munge.sock" "$S/munge.sock.lock"
}

do_status() {
    local rc=0 n p
    one() { if p=$(pid_of "$1" "$2"); then echo "$3: running, pid $p, $(awk '/^VmRSS/{print $2, $3}' "/proc/$p/status")"
            else echo "$3: not running"; rc=1; fi; }
    echo "state directory: $S"
    one "$S/munged.pid" munged munged
    one "$S/slurmctld.pid" slurmctld slurmctld
    for n in $(node_names); do one "$S/slurmd.$n.pid" slurmd "slurmd $n"; done
    if [ $rc = 0 ]; then timeout 10 sinfo -N -l || rc=1; timeout 10 squeue || rc=1; fi
    return $rc
}

case $verb in
    up)     do_up ;;
    down)   do_down ;;
    status) do_status ;;
    env)    print_env ;;
esac
