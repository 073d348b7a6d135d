# From outside, on real parts: the quick start, and every script of tests/end-to-end.
if build release; then
  for script in examples/quickstart/quickstart tests/end-to-end/*; do
    [[ -f $script && -x $script ]] || continue
    check e2e "$(basename "$script")" timeout --kill-after=30 900 "$script"
  done
fi
