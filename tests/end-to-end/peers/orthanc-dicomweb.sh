# Orthanc's DICOMweb plug-in, as it forwards what it holds (Debian: orthanc-dicomweb).
# shellcheck shell=bash
orthanc_dicomweb_plugin=/usr/share/orthanc/plugins/libOrthancDicomWeb.so
orthanc_dicomweb_folder="$private/orthanc-dicomweb"

if [[ -e $orthanc_dicomweb_plugin ]]; then
  stow_peers+=(orthanc_dicomweb)
else
  note "orthanc-dicomweb is not installed and is left out"
fi

# An Orthanc that holds what it can of the files; what it holds is what it is to send.
orthanc_dicomweb_reference() {
  local file id held="$orthanc_dicomweb_folder.files" url
  "$servers" start orthanc "$orthanc_dicomweb_folder" "Plugins=[\"$orthanc_dicomweb_plugin\"]" \
    "DicomWeb={\"Enable\": true, \"Servers\": {\"gateway\": {\"Url\": \"$http/dicom-web/\", \"ChunkedTransfers\": true}}}" || return
  url=$(sed -n 's/^DMW_TEST_ORTHANC=//p' "$orthanc_dicomweb_folder/env")
  mkdir "$held"
  for file in "$1"/*; do curl -s -o /dev/null -H 'Content-Type: application/dicom' --data-binary "@$file" "$url/instances"; done
  for id in $(curl -fs "$url/instances" | jq -r '.[]'); do curl -fs -o "$held/$id.dcm" "$url/instances/$id/file" || return; done
  "$root/tests/support/dataset-digests" "$held" >"$2"
}

orthanc_dicomweb_sends() {
  local url job
  url=$(sed -n 's/^DMW_TEST_ORTHANC=//p' "$orthanc_dicomweb_folder/env")
  job=$(curl -fs "$url/instances" | jq '{Resources: ., Synchronous: true}')
  curl -sS --fail-with-body --data-binary "$job" "$url/dicom-web/servers/gateway/stow"
}
