# Tests against a real PostgreSQL, PgBouncer, Orthanc, Kafka and Cloud Storage. Those of the sink wait for minutes, each with topics of its
# own; the others share their servers, so one program runs after another.
if build release && start_servers postgres pgbouncer orthanc kafka gcs; then
  gtests integration build/release/src/events/events_itest
  mapfile -t programs < <(find build/release/src -name '*_itest' ! -name events_itest -type f -executable | sort)
  jobs=1 shards=1 gtests integration "${programs[@]}"
fi
