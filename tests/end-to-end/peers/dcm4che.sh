# dcm4che's storescu. No package registry has it, so the folder of a distribution is named by DMW_DCM4CHE.
# shellcheck shell=bash
if [[ -n ${DMW_DCM4CHE:-} && -x $DMW_DCM4CHE/bin/storescu ]]; then
  dimse_peers+=(dcm4che)
  echo_peers+=(dcm4che)
else
  note "DMW_DCM4CHE names no distribution of dcm4che: it is left out"
fi

dcm4che_sends() { "$DMW_DCM4CHE/bin/storescu" -b "$4" -c "$3@127.0.0.1:$2" "$1"; }
# Without files it sends a C-ECHO.
dcm4che_echoes() { "$DMW_DCM4CHE/bin/storescu" -b "$3" -c "$2@127.0.0.1:$1"; }
