# kill -9 under load, and the ledger checker afterwards. Its last line is the count of kills and violations.
check crash "the mutants still fit the code" tests/crash/mutants/run --check
if build release; then
  check crash "kill -9 under load" timeout --kill-after=30 1200 tests/crash/run
  tail -n 1 "$logs/crash-kill--9-under-load.log" | sed 's/^/     /'
  check crash "two replicas, frozen and killed" timeout --kill-after=30 900 tests/crash/replicas
  tail -n 1 "$logs/crash-two-replicas--frozen-and-killed.log" | sed 's/^/     /'
fi
