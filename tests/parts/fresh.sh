# Both commands of the README on a fresh machine: a minimal Debian 12 with git and ca-certificates only, in namespaces of
# its own. Long (an hour and more on 2 cores), for root only, and not part of a run of all parts.
#
#   FRESH_TEST="unit tsan"   the parts of ./test that run there; all without it
#   FRESH_CCACHE=FOLDER      a compiler cache that it may use; a fresh machine has none
fresh=

forget_fresh() { [[ -z $fresh ]] || rm -rf --one-file-system "$fresh"; }

# The authorities that this machine trusts beside Debian's, and its names of hosts.
make_fresh() {
  [[ $(id -u) == 0 ]] || { echo "a root of its own needs the rights of root"; return 1; }
  tools/install-packages fresh &&
    mmdebstrap --variant=minbase --include=git,ca-certificates bookworm "$fresh" &&
    cp -L /etc/resolv.conf "$fresh/etc/resolv.conf" &&
    cp -rL /usr/local/share/ca-certificates/. "$fresh/usr/local/share/ca-certificates/" &&
    in_fresh update-ca-certificates &&
    git clone --no-local . "$fresh/srv/dicom-middleware"
}

# in_fresh LINE [OPTION…]: a line of shell in the clone, with further options of unshare. Its processes end with it.
in_fresh() {
  # shellcheck disable=SC2016
  env -u TMPDIR -u DMW_CORPUS HOME=/srv PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    unshare --mount --pid --ipc --uts "${@:2}" --fork --kill-child bash -euc '
    [[ $4 != *--net* ]] || ip link set lo up
    mount -t proc proc "$1/proc"
    mount --rbind /sys "$1/sys"
    mount --rbind /dev "$1/dev"
    if [[ -n $2 ]]; then
      mkdir -p "$1/srv/.cache/ccache"
      mount --bind "$2" "$1/srv/.cache/ccache"
    fi
    exec chroot "$1" bash -euc "cd /srv; [[ ! -d dicom-middleware ]] || cd dicom-middleware; $3"
  ' bash "$fresh" "${FRESH_CCACHE:-}" "$1" "${*:2}"
}

# In a network of its own, where nobody else has the ports.
serve_fresh() {
  in_fresh '
    trap "cat /tmp/run.log" EXIT
    ./run >/tmp/run.log 2>&1 & server=$!
    until exec 3<>/dev/tcp/127.0.0.1/8000; do kill -0 $server; sleep 0.2; done 2>/dev/null
    printf "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" >&3
    grep -a "HTTP/1.1 200" <&3
    kill -TERM $server
    wait $server' --net
}

fresh=$(mktemp -d /var/tmp/dmw-fresh.XXXXXX)
trap 'forget_fresh; clean_up' EXIT
if check fresh "a minimal Debian 12 root, and a clone in it" make_fresh &&
  check fresh "./run installs and builds" in_fresh "./run version" &&
  check fresh "./run serves and ends" serve_fresh; then
  check fresh "./test ${FRESH_TEST:-}" in_fresh "./test ${FRESH_TEST:-}"
fi
forget_fresh
