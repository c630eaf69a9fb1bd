# From a bare machine to a built program. Sourced by jobs/run.sh and tests/run.sh, so that packages and build settings
# stand in one place. Everything here speaks on stderr and writes the commands' own output to build/setup.log.
# shellcheck shell=bash disable=SC2034 # the package lists are for those who source this

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=$root/build
log=$build/setup.log

# Debian's names. Where there is no apt they are read to the user as what to look for among modules.
program_packages=(g++ cmake ninja-build libopenmpi-dev openmpi-bin libhdf5-dev libboost-dev
  libboost-program-options-dev libflint-dev libgmp-dev nlohmann-json3-dev libfmt-dev libssl-dev)
test_packages=(libgtest-dev libgmock-dev libbenchmark-dev python3-h5py python3-pandas
  python3-matplotlib python3-pytest python3-xarray python3-h5netcdf)
full_test_packages=(shellcheck clang-format hdf5-tools dpkg-dev man-db libtbb-dev slurm-wlm munge procps)
# Services that come with these. The tests start daemons of their own; the machine's stay off, now and at the next boot.
unwanted_services=(munge slurmctld slurmd)

say() { printf 'gforbit: %s\n' "$*" >&2; }

# quietly WHAT COMMAND...: the command's output goes to the log; its end is shown if the command fails. Returns 0 or 1,
# so that a failed set-up ends as gforbit itself would: 1 is "environment failure".
quietly() {
  local what=$1 status=0
  shift
  printf '\n$ %s\n' "$*" >>"$log"
  "$@" >>"$log" 2>&1 </dev/null || status=$?
  if ((status != 0)); then
    say "$what failed (exit status $status); the end of $log:"
    tail -n 40 "$log" >&2
    return 1
  fi
}

# One set-up at a time in one checkout: the tasks of a job array may all start with jobs/run.sh.
start_setup() {
  mkdir -p "$build"
  exec {setup_lock}>"$build/setup.lock"
  if command -v flock >/dev/null; then flock "$setup_lock"; fi
  : >"$log"
}
end_setup() { exec {setup_lock}>&-; }

missing_packages() {
  local installed package
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package; do
    grep -qxF "$package installed" <<<"$installed" || echo "$package"
  done
}

# need_packages PACKAGE...: installs what is missing where that is possible. It never ends the script: libraries may
# come from elsewhere (modules, /usr/local), and CMake names what it does not find.
need_packages() {
  local missing=() become=()
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    if [[ ! -f $build/CMakeCache.txt ]]; then
      say "there is no apt here. Needed are the equivalents of these Debian packages: $*"
      say "load them as modules if CMake does not find them; going on with what it finds"
    fi
    return 0
  fi
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then return 0; fi

  if ((EUID != 0)); then
    become=(sudo)
    [[ -t 2 ]] || become=(sudo -n)
    if ! command -v sudo >/dev/null || ! "${become[@]}" true; then
      say "these packages are missing, and neither root nor sudo is at hand to install them: ${missing[*]}"
      say "ask for: apt-get install --no-install-recommends ${missing[*]}"
      say "going on with what CMake finds"
      return 0
    fi
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  # With SYSTEMD_OFFLINE systemctl changes files only: no service of a new package starts.
  local apt=("${become[@]}" env DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 apt-get -o DPkg::Lock::Timeout=300)
  local before after
  before=$(services_there)
  quietly "apt-get update" "${apt[@]}" update || say "trying with the package lists that are there"
  quietly "apt-get install" "${apt[@]}" install -y --no-install-recommends "${missing[@]}" ||
    say "going on with what CMake finds"
  mapfile -t after < <(comm -13 <(echo "$before") <(services_there))
  if ((${#after[@]} > 0)) && command -v systemctl >/dev/null; then
    quietly "keeping services off" "${become[@]}" env SYSTEMD_OFFLINE=1 systemctl disable "${after[@]}" || true
  fi
}

# Of the unwanted services those that are installed: a service the machine had before is left as it is.
services_there() {
  local service
  for service in "${unwanted_services[@]}"; do
    if [[ -e /lib/systemd/system/$service.service ]]; then echo "$service"; fi
  done
}

# A checkout that was moved or copied brings a build folder of another place.
configured_here() { grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$1/CMakeCache.txt"; }
configured() { configured_here "$build" && [[ -f $build/build.ninja || -f $build/Makefile ]]; }

# configure FOLDER CMAKE-OPTION...
configure() {
  local folder=$1 generator=()
  shift
  if ! configured_here "$folder"; then rm -rf "$folder/CMakeCache.txt" "$folder/CMakeFiles"; fi
  if [[ ! -f $folder/CMakeCache.txt ]] && command -v ninja >/dev/null; then generator=(-G Ninja); fi
  quietly "configuring" cmake -S "$root" -B "$folder" "${generator[@]}" "$@"
}

# As many compilers as cores, unless memory is short: the heaviest file takes about 1.5 GB.
build_jobs() {
  local cores by_memory
  cores=$(nproc)
  by_memory=$(awk '/^MemAvailable:/ {print int($2 / 1500000)}' /proc/meminfo)
  if ((by_memory < 1)); then by_memory=1; fi
  echo $((cores < by_memory ? cores : by_memory))
}

# build_in FOLDER [TARGET...]
build_in() {
  local folder=$1
  shift
  quietly "building" cmake --build "$folder" --parallel "$(build_jobs)" --target "${@:-all}"
}

# ON where warnings are known to be none; elsewhere another compiler may have new ones. Asking for it from the start
# saves tests/run.sh from building the program a second time.
werror_here() {
  if [[ -z ${CXX:-} ]] && grep -qs '^VERSION_CODENAME=bookworm$' /etc/os-release; then echo ON; else echo OFF; fi
}
