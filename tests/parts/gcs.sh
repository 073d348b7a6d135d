# The store in a real Cloud Storage (fake-gcs-server). Not part of a run of all parts: to build that server for the first time
# takes some minutes, a compiler of Go and, where Debian's is too old, a newer one.
if check gcs "a compiler of Go" tools/install-packages gcs && build release && start_servers gcs; then
  jobs=1 shards=1 gtests gcs build/release/src/store/store_itest
fi
