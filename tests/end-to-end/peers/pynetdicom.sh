# pynetdicom, in an environment of its own below build/.
# shellcheck shell=bash
pynetdicom_python="$root/build/peers/pynetdicom/bin/python"

pynetdicom_is_there() {
  [[ -x $pynetdicom_python ]] && "$pynetdicom_python" -c 'import pynetdicom' 2>/dev/null && return
  python3 -m venv "$root/build/peers/pynetdicom" &&
    "$pynetdicom_python" -m pip install --quiet --disable-pip-version-check 'pynetdicom==3.0.4' 'pydicom==3.0.1'
}

if pynetdicom_is_there >"$private/pynetdicom.log" 2>&1; then
  dimse_peers+=(pynetdicom)
  echo_peers+=(pynetdicom)
else
  note "pynetdicom cannot be installed here and is left out"
fi

pynetdicom_sends() { "$pynetdicom_python" "$root/tests/support/pynetdicom-store" "$2" "$3" "$4" "$1"; }
pynetdicom_echoes() { "$pynetdicom_python" -m pynetdicom echoscu -q -aet "$3" -aec "$2" 127.0.0.1 "$1"; }
