# dcm4che's storescu. No package registry has it, so the folder of a distribution is named by DMW_DCM4CHE.
# shellcheck shell=bash
if [[ -n ${DMW_DCM4CHE:-} && -x $DMW_DCM4CHE/bin/storescu ]]; then
  dimse_peers+=(dcm4che)
  echo_peers+=(dcm4che)
else
  note "DMW_DCM4CHE names no distribution of dcm4che: it is left out"
fi

# 100 files at a time: it proposes a presentation context for each SOP class and transfer syntax among them, and numbers the
# 129th as it did the first.
dcm4che_sends() {
  find "$1" -type f -print0 | sort -z | xargs -0 -n 100 "$DMW_DCM4CHE/bin/storescu" -b "$4" -c "$3@127.0.0.1:$2"
}
# Without files it sends a C-ECHO.
dcm4che_echoes() { "$DMW_DCM4CHE/bin/storescu" -b "$3" -c "$2@127.0.0.1:$1"; }
