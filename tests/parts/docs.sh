# The documents are true: every fenced command of the README works, the reference of settings is that of the program, no
# link leads nowhere. Blocks marked `sh` run in order in one shell, in a copy of the checkout; blocks marked `sh serve` run
# beside them until the end, and the next block waits until the server answers.
readme_script() {
  cat <<'END'
set -euo pipefail
# With -m a server and its children are one process group.
set -m
trap 'for job in $(jobs -p); do kill -- "-$job" || true; done; wait' EXIT
await_server() {
  { set +x; } 2>/dev/null
  local until=$((SECONDS + 60))
  until curl -fs -o /dev/null "http://127.0.0.1:${HTTP_PORT:-8000}/health"; do
    ((SECONDS < until)) && kill -0 $! || { echo "the server does not answer"; return 1; }
    sleep 0.1
  done
  set -x
}
set -x
END
  awk '/^```sh serve$/ { on = 1; serve = 1; print "{"; next }
    /^```sh$/ { on = 1; next }
    /^```$/ { if (on && serve) print "} &\nawait_server"; on = 0; serve = 0; next }
    on { print }' README.md
}

run_readme() {
  local copy="$private/readme"
  mkdir -p "$copy"
  git ls-files -z | xargs -0 cp --parents -t "$copy"
  ln -s "$PWD/build" "$copy/build"
  readme_script >"$private/readme.sh"
  (cd "$copy" && timeout --kill-after=30 900 bash "$private/readme.sh")
}

settings_are_told() { diff -u docs/operations/configuration.md <(build/release/dicom-middleware config docs); }

# Each [text](path) of a Markdown file, without web addresses and anchors.
links_lead_somewhere() {
  local file target lost=0
  while IFS=: read -r file target; do
    [[ -e $(dirname "$file")/$target ]] || { echo "$file: there is no $target"; lost=1; }
  done < <(git ls-files -z '*.md' | xargs -0 grep -oHE '\]\([^)# ]+' | grep -vE ':\]\((https?|mailto):' | sed 's/:\](/:/')
  return $lost
}

# Prometheus takes the rules of the page, and they alert when they shall.
alerts_come() {
  local folder="$private/alerts"
  mkdir -p "$folder"
  awk '/^```yaml$/ { on = 1; next } /^```$/ { on = 0 } on' docs/operations/metrics.md >"$folder/alerts.yml"
  cp tests/support/alert-rules-test.yml "$folder/"
  promtool check rules "$folder/alerts.yml" && promtool test rules "$folder/alert-rules-test.yml"
}

check docs "links lead somewhere" links_lead_somewhere
check docs "the alerts of the page of metrics" alerts_come
check docs "each sentence of the conformance statement has a test" tests/conformance/sentences
if build release; then
  check docs "the reference of settings" settings_are_told
  check docs "the conformance statement, from outside" tests/conformance/statement build/release/dicom-middleware
  check docs "the README's commands" run_readme
fi
