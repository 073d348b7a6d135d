# dicom-rs's senders, built once into a folder of their own below build/. Not optimized: that takes a fraction of the time.
# shellcheck shell=bash
dicom_rs="$root/build/peers/dicom-rs"
dicom_rs_version=0.10.1
dicom_rs_seconds_max=300

dicom_rs_is_there() {
  [[ $("$dicom_rs/bin/dicom-storescu" --version) == *" $dicom_rs_version" && -x $dicom_rs/bin/dicom-echoscu ]] && return
  # What was compiled when the time is over stays for the next run.
  timeout "$dicom_rs_seconds_max" nice cargo install --quiet --locked --debug --no-default-features --root "$dicom_rs" \
    --target-dir "$dicom_rs/target" "dicom-storescu@$dicom_rs_version" "dicom-echoscu@$dicom_rs_version"
}

if ! command -v cargo >/dev/null; then
  note "cargo is not installed (Debian: cargo-web): dicom-rs is left out"
elif dicom_rs_is_there >"$private/dicom-rs.log" 2>&1; then
  dimse_peers+=(dicom_rs)
  echo_peers+=(dicom_rs)
else
  note "dicom-rs cannot be built here within $dicom_rs_seconds_max s and is left out: $(tail -n 1 "$private/dicom-rs.log")"
fi

# One file a time: it gives up at the first that it cannot read.
dicom_rs_sends() {
  local file
  for file in "$1"/*; do
    "$dicom_rs/bin/dicom-storescu" --calling-ae-title "$4" --called-ae-title "$3" "127.0.0.1:$2" "$file" ||
      echo "$file is left out"
  done
}

dicom_rs_echoes() { "$dicom_rs/bin/dicom-echoscu" --calling-ae-title "$3" --called-ae-title "$2" "127.0.0.1:$1"; }
