# DCMTK's senders. TCP_NODELAY: without it each of their messages waits 40 ms for an acknowledgement of TCP.
# shellcheck shell=bash
dimse_peers+=(dcmsend storescu)
echo_peers+=(echoscu)

# As the files are (-dn): each in its own transfer syntax.
dcmsend_sends() { TCP_NODELAY=1 dcmsend -dn -nh -aet "$4" -aec "$3" 127.0.0.1 "$2" +sd +r "$1"; }
# Only what it can send without a choice of compressed transfer syntaxes; it goes on behind what it cannot.
storescu_sends() { TCP_NODELAY=1 storescu -nh -aet "$4" -aec "$3" 127.0.0.1 "$2" +sd +r "$1"; }
echoscu_echoes() { echoscu -aet "$3" -aec "$2" 127.0.0.1 "$1"; }
