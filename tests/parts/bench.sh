# Every measurement works; how fast it is is told, and fails nothing.
if build release dicom-middleware; then
  check bench "each measurement for a few seconds" timeout --kill-after=30 900 bench/run --short
  sed -n '/^|/s/^/     /p' "$logs/bench-each-measurement-for-a-few-seconds.log"
fi
