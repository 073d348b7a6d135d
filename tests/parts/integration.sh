# Tests against a real PostgreSQL, PgBouncer, Orthanc and Kafka. Those of the sink wait for minutes, each with topics of its
# own; the others share their servers, so one program runs after another. Those of the store have a part of their own (gcs.sh).
if build release && start_servers postgres pgbouncer orthanc kafka; then
  gtests integration build/release/src/events/events_itest
  mapfile -t programs < <(find build/release/src -name '*_itest' ! -name events_itest ! -name store_itest -type f -executable | sort)
  jobs=1 shards=1 gtests integration "${programs[@]}"
fi
