# What scripts that try the program on real parts are written with; sourced by them. They set `name` before.
#
#   begin                      a private folder, PostgreSQL, Orthanc and a broker in it; `orthanc_settings`, `kafka_settings`: as
#                              servers takes them; `server_kinds`: only these servers; `prepare`: called with the folder there
#   start_program [NAME=VALUE…]    the program, with these settings beside those of the parts; `serve_options`: its own options
#   stop_program SECONDS       SIGTERM; fails unless it ends by itself with 0 in time
#   expect "SENTENCE" COMMAND…     prints ok or FAIL, with what the command said
#   within SECONDS COMMAND…    tries until it succeeds
#   finish                     the counts; exit 1 when something did not hold
#
# Everything that was started is stopped and removed at the end, jobs of the shell too; `keep=yes` leaves the folder.
# DMW_BINARY names the program; default build/release/dicom-middleware, built by ./run when it is not there.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=$(realpath -m "${DMW_BINARY:-$root/build/release/dicom-middleware}")
servers="$root/tests/support/servers"
make_study="$root/examples/quickstart/make-study"
wait_seconds_max=120
keep=no
orthanc_settings=()
kafka_settings=()
server_kinds=(postgres orthanc kafka)
serve_options=()

held=0
broken=0
pid=
private=
began=$SECONDS

say() { printf '\n%s\n' "$*"; }
note() { printf '      %s\n' "$*"; }

# expect "SENTENCE" COMMAND…: one line, and what the command said when it failed.
expect() {
  local sentence=$1
  shift
  if "$@" >"$private/said" 2>&1; then
    held=$((held + 1))
    printf 'ok    %s\n' "$sentence"
  else
    broken=$((broken + 1))
    printf 'FAIL  %s\n' "$sentence"
    head -n 20 "$private/said" | sed 's/^/      | /'
    return 1
  fi
}

# Tries the command until it succeeds.
within() {
  local until=$((SECONDS + $1))
  shift
  until "$@" >"$private/try" 2>&1; do
    ((SECONDS < until)) || { echo "not so in time: $*"; cat "$private/try"; return 1; }
    sleep 0.2
  done
}

give_up() {
  printf 'FAIL  %s\n' "$*"
  [[ ! -e $private/serve.log ]] || tail -n 20 "$private/serve.log" | sed 's/^/      | /'
  exit 1
}

clean_up() {
  if [[ -n $pid ]]; then
    kill -CONT "$pid" 2>/dev/null
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
  fi
  local others
  mapfile -t others < <(jobs -pr)
  ((${#others[@]} == 0)) || { kill -CONT "${others[@]}"; kill -KILL "${others[@]}"; wait "${others[@]}"; } 2>/dev/null
  [[ -n $private ]] || return
  "$servers" stop-all "$private" >/dev/null 2>&1
  if [[ $keep == yes ]]; then note "kept: $private"; else rm -rf "$private"; fi
}

free_port() { python3 "$root/tests/support/ports.py"; }

start_servers() {
  local kind lines settings
  # Servers of the caller are none of ours: a script that starts no PostgreSQL tries the embedded catalog.
  unset "${!DMW_TEST_@}"
  for kind in "${server_kinds[@]}"; do
    settings=()
    [[ $kind != orthanc ]] || settings=("${orthanc_settings[@]}")
    [[ $kind != kafka ]] || settings=("${kafka_settings[@]}")
    lines=$("$servers" start "$kind" "$private/$kind" "${settings[@]}") || give_up "$kind does not start"
    eval "$lines"
  done
  orthanc=${DMW_TEST_ORTHANC:-}
  database=${DMW_TEST_POSTGRES:-}
  broker=${DMW_TEST_KAFKA:-}
}

start_program() {
  local port=${http##*:}
  mkdir -p "$private/program"
  # Nothing of the caller's own settings.
  (cd "$private/program" && exec env -i PATH="$PATH" HOME="$private" \
    ORTHANC_URL="$orthanc" DATABASE_URL="$database" KAFKA_BOOTSTRAP_SERVERS="$broker" KAFKA_CREATE_TOPICS=true \
    KAFKA_PARTITIONS=4 SETTLE_QUIET=5s DISK_RESERVE_GIB=1 HTTP_PORT="$port" DIMSE_PORT="$dimse_port" LOG_FORMAT=text "$@" \
    "$program" serve "${serve_options[@]}" </dev/null >>"$private/serve.log" 2>&1) &
  pid=$!
  within 60 answers || give_up "the program does not answer"
}

answers() { curl -fs -o /dev/null "$http/health"; }

# stop_program SECONDS: it ends by itself, with 0, in time.
stop_program() {
  local until=$((SECONDS + $1)) code
  kill -TERM "$pid"
  while kill -0 "$pid" 2>/dev/null; do
    ((SECONDS < until)) || { echo "it still runs"; return 1; }
    sleep 0.1
  done
  wait "$pid"
  code=$?
  pid=
  ((code == 0)) || { echo "exit $code"; return 1; }
}

prepare() { :; }

begin() {
  [[ -x $program ]] || "$root/run" version || exit 1
  "$root/tools/install-packages" quickstart || exit 1
  private=$(mktemp -d "${TMPDIR:-/tmp}/dmw-$name.XXXXXX")
  # PostgreSQL, which does not run as root, has to come through.
  chmod 755 "$private"
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  say "0. Servers in a private folder: ${server_kinds[*]:-none}"
  prepare
  start_servers
  http=http://127.0.0.1:$(free_port)
  dimse_port=$(free_port)
  [[ -z $orthanc$broker$database ]] || note "$orthanc  $broker  ${database##*@}"
}

finish() {
  printf '\n%d checks held, %d did not, %d s\n' "$held" "$broken" $((SECONDS - began))
  exit $((broken > 0))
}

# ---- looking from outside, and sending

sql() { psql -XAtq -F ' ' "$database" -c "$1"; }
topic() { kcat -b "$broker" -C -t "$1" -o beginning -e -q -f "$2" 2>/dev/null; }
# As kcat -J prints them, with key and headers.
records() { kcat -b "$broker" -C -t "$1" -J -o beginning -e -q 2>/dev/null; }
study_topic() { topic dicom.metadata.v1 "$1"; }
event_count() { study_topic '%k\n' | wc -l; }
ready_says() { curl -s "$http/ready" | jq -e "$1" >/dev/null; }
part_is() { ready_says ".parts[] | select(.name == \"$1\") | .state == \"$2\""; }

store_scu() { storescu -nh -aec ORTHANC 127.0.0.1 "$DMW_TEST_ORTHANC_DICOM_PORT" "$@" >>"$private/storescu.log" 2>&1; }

# send_made [OPTION…] of make-study; prints the studies.
send_made() {
  local folder
  folder=$(mktemp -d "$private/made.XXXXXX")
  "$make_study" "$folder" "$@" >"$folder.uids" && store_scu -xe +sd "$folder" && cat "$folder.uids"
}

# ask_for ORTHANC-ID: waits until it is published; prints the status.
ask_for() {
  curl -s -o /dev/null -w '%{http_code}\n' -H 'Content-Type: application/json' -H 'Prefer: wait=60' \
    -d "{\"ID\": \"$1\", \"Path\": \"Study\"}" "$http/api/v1/ingestion/studies"
}

orthanc_id() { curl -fs "$orthanc/studies?expand" | jq -r --arg uid "$1" '.[] | select(.MainDicomTags.StudyInstanceUID == $uid).ID'; }
