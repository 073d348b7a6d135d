"""A hundred users who ask for one study over and over:

    ORTHANC_STUDY_ID=<Orthanc's id of a study> locust -f load_test/locustfile.py --headless -u 100 -r 100 -t 30s -H http://127.0.0.1:8000

Start the program with INGESTION_WAIT_SECONDS=60, so that each answer comes when the study is published.
"""

import os

import locust


class Caller(locust.HttpUser):
    wait_time = locust.between(0, 0.1)

    def on_start(self):
        self.study_id = os.environ["ORTHANC_STUDY_ID"]

    @locust.task
    def ask_for_the_study(self):
        self.client.post("/api/v1/ingestion/studies", json={"ID": self.study_id, "Path": "Study"})
