# shellcheck shell=bash
# What the scripts beside this file share: finding or installing what they need, and building once. To be sourced.

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
worker=$root/src/ProactiveCare.Worker
program=$worker/bin/Release/net10.0/proactive-care
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
# Build nodes that outlive a script would keep the memory, and whatever files they were handed.
export MSBUILDDISABLENODEREUSE=1
# Debian keeps smtp-sink where only root looks.
PATH=$PATH:/usr/sbin:/sbin

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 2
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif [ -t 0 ]; then sudo "$@"
  else sudo -n "$@"; fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@"
}

# The name of Debian's package of a library that changes its name with every version.
newest_package() {
  apt-cache search --names-only "$1" | cut -d' ' -f1 | sort -V | tail -n 1
}

# -q would end ldconfig early, which pipefail takes for a failure.
has_icu() {
  ldconfig -p 2>/dev/null | grep 'libicuuc\.so\.' >/dev/null || [ "${DOTNET_SYSTEM_GLOBALIZATION_INVARIANT:-}" = 1 ]
}

# The folder of a PostgreSQL server's programs, the newest that is here; Debian keeps them off the PATH.
postgres_programs() {
  local initdb
  initdb=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)
  [ -x "$initdb" ] || initdb=$(readlink -f -- "$(command -v initdb)") || return 1
  printf '%s\n' "${initdb%/*}"
}

# need WHAT COMMAND...: adds the Debian package WHAT to those to install unless the command succeeds.
missing=()
need() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}

# Installs what `need` found missing, and nothing else; never takes a package away (postfix would replace another mailer).
install_missing() {
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${missing[*]} ..."
  command -v apt-get >/dev/null ||
    fail "These are missing here, and there is no apt-get to install them: ${missing[*]}. Install them and start again."
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    fail "These packages are missing: ${missing[*]}. As root, run: apt-get install ${missing[*]}"
  fi
  local log wanted=() package no_cluster=
  log=$(mktemp)
  apt update >"$log" 2>&1 || say "The list of packages could not be refreshed; trying with the one that is here."
  for package in "${missing[@]}"; do
    if [ "$package" = libicu ]; then package=$(newest_package '^libicu[0-9]+$'); fi
    wanted+=("${package:-libicu-dev}")
  done
  case " ${wanted[*]} " in
    *' postfix '*)
      # The tests want its smtp-sink alone: without a configuration its service does not start.
      echo 'postfix postfix/main_mailer_type select No configuration' | as_root debconf-set-selections >>"$log" 2>&1 ;;
  esac
  case " ${wanted[*]} " in
    *' postgresql '*)
      # Its programs are wanted alone: without this Debian makes a server and starts it, now and at every boot.
      no_cluster=/etc/postgresql-common/createcluster.d/proactive-care.conf
      as_root mkdir -p "${no_cluster%/*}"
      echo 'create_main_cluster = false' | as_root tee "$no_cluster" >>"$log" ;;
  esac
  local code=0
  apt install -y --no-install-recommends --no-remove "${wanted[@]}" >>"$log" 2>&1 || code=$?
  # What somebody installs later is theirs to decide.
  if [ -n "$no_cluster" ]; then as_root rm -f "$no_cluster"; fi
  if [ "$code" != 0 ]; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    fail "Installing failed (its last words are above). Install these and start again: ${wanted[*]}"
  fi
  rm -f "$log"
  missing=()
}

need_sdk() {
  command -v dotnet >/dev/null ||
    fail "The .NET 10 SDK is needed and there is no 'dotnet' on the PATH. See https://dotnet.microsoft.com/download"
  (cd "$root" && dotnet --version >/dev/null 2>&1) ||
    fail "The .NET SDK 10.0.100 or a newer 10.0 is needed; 'dotnet --list-sdks' shows what is here."
  if [ -z "${DOTNET_ROOT:-}" ]; then
    local home
    home=$(dirname -- "$(readlink -f -- "$(command -v dotnet)")")
    if [ -d "$home/host/fxr" ]; then export DOTNET_ROOT=$home; fi
  fi
}

# What .NET itself cannot run this program without: letters and time zones.
need_for_running() {
  need libicu has_icu
  need tzdata test -e "${TZDIR:-/usr/share/zoneinfo}/Europe/Berlin"
}

# sources FIND-TEST...: the files that the program is built from, those that pass the test.
sources() {
  find "$root/src" "$root"/Directory.*.props "$root/global.json" "$root/BannedSymbols.txt" "$root/.editorconfig" \
    \( -name bin -o -name obj \) -prune -o -type f "$@" -print | sort
}

stamp=$worker/obj/built
variant=()

# Whether the built program is that of the sources: none newer than the last build, none added or taken away.
is_built() {
  [ -x "$program" ] && [ -e "$stamp" ] && [ -z "$(sources -newer "$stamp")" ] && sources | cmp -s - "$stamp"
}

# build PROJECT-OR-SOLUTION: one build at a time, in silence unless it fails. A second caller waits and finds it done.
build() {
  local what=$1 log
  mkdir -p "${stamp%/*}"
  (
    if command -v flock >/dev/null; then flock 9; fi
    if [ "$what" = "$worker" ] && is_built; then exit 0; fi
    log=$(mktemp)
    trap 'rm -f "$log" "$stamp.new"' EXIT
    sources >"$stamp.new"
    # The compiler's server lives on: it must inherit neither the lock nor the caller's output.
    if ! (cd "$root" && dotnet restore "$what" --locked-mode "${variant[@]}" &&
      dotnet build "$what" -c Release --no-restore "${variant[@]}") >"$log" 2>&1 </dev/null 9>&-; then
      { grep -E '(error|warning) [A-Z]+[0-9]+' "$log" || cat "$log"; } |
        sed "s#$root/##g; s# \[.*proj\]\$##" | sort -u | head -n 60 >&2
      say "The build failed."
      exit 1
    fi
    mv -f "$stamp.new" "$stamp"
  ) 9>"$worker/obj/building"
}

# The program with crash points, beside the one without: the same sources and packages, in folders of its own.
build_with_crash_points() {
  local program=$worker/bin/crash/Release/net10.0/proactive-care stamp=$worker/obj/crash/built
  local variant=(-p:CrashPoints=true -p:RunAnalyzers=false)
  build "$worker"
}

# copy_of_commit COMMIT FOLDER: the tree of a commit, in a new folder.
copy_of_commit() {
  git -C "$root" rev-parse --quiet --verify "$1^{commit}" >/dev/null || fail "There is no commit '$1' here."
  mkdir -p "$2"
  git -C "$root" archive "$1" | tar -x -C "$2"
}

# copy_of_now FOLDER: the working tree as it is, without what git ignores, in a new folder.
copy_of_now() {
  mkdir -p "$1"
  git -C "$root" ls-files -z --cached --others --exclude-standard |
    (cd "$root" && while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done) |
    tar -c -C "$root" --null -T - | tar -x -C "$1"
}
