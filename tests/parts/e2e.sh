# From outside, on real parts: the quick start, and every script of tests/end-to-end.
if build release; then
  mapfile -t scripts < <(find tests/end-to-end -maxdepth 1 -type f -executable | sort)
  # They mostly wait for servers and clocks.
  side_by_side=3 programs e2e examples/quickstart/quickstart "${scripts[@]}"
fi
