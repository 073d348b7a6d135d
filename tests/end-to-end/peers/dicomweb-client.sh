# dicomweb-client, the Python library, in an environment of its own below build/.
# shellcheck shell=bash
dicomweb_client_python="$root/build/peers/dicomweb-client/bin/python"

dicomweb_client_is_there() {
  [[ -x $dicomweb_client_python ]] && "$dicomweb_client_python" -c 'import dicomweb_client' 2>/dev/null && return
  python3 -m venv "$root/build/peers/dicomweb-client" &&
    "$dicomweb_client_python" -m pip install --quiet --disable-pip-version-check 'dicomweb-client==0.60.1' 'pydicom==3.0.1'
}

if dicomweb_client_is_there >"$private/dicomweb-client.log" 2>&1; then
  stow_peers+=(dicomweb_client)
else
  note "dicomweb-client cannot be installed here and is left out"
fi

# What pydicom can read and write; ten datasets a request.
dicomweb_client_sends() {
  "$dicomweb_client_python" - "$1" "$2" <<'END'
import io, pathlib, sys, warnings
import pydicom
from dicomweb_client.api import DICOMwebClient

warnings.simplefilter("ignore")
client = DICOMwebClient(url=sys.argv[2])
readable = []
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        dataset = pydicom.dcmread(path)
        pydicom.dcmwrite(io.BytesIO(), dataset)
        readable.append(dataset)
    except Exception as error:
        print(path.name, "is left out:", error)
for at in range(0, len(readable), 10):
    answer = client.store_instances(readable[at : at + 10])
    for failure in answer.get("FailedSOPSequence", []):
        sys.exit(f"refused: {failure.ReferencedSOPInstanceUID} {failure.FailureReason:04X}")
print(len(readable), "sent")
END
}

# What the same program sends to a receiver that writes what it gets.
dicomweb_client_reference() {
  local port folder=$private/reference.dicomweb_client receiver
  port=$(free_port)
  mkdir "$folder"
  "$root/tests/support/stow-receiver" "$port" "$folder" &
  receiver=$!
  within 10 curl -s "http://127.0.0.1:$port/"
  dicomweb_client_sends "$1" "http://127.0.0.1:$port"
  kill "$receiver"
  wait "$receiver" 2>/dev/null
  "$root/tests/support/dataset-digests" "$folder" >"$2"
}
