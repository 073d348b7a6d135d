# Tests against a real PostgreSQL, PgBouncer, Orthanc and Kafka; one program after another, they share the servers.
if build release && start_servers postgres pgbouncer orthanc kafka; then
  mapfile -t programs < <(find build/release/src -name '*_itest' -type f -executable | sort)
  jobs=1 shards=1 gtests integration "${programs[@]}"
fi
