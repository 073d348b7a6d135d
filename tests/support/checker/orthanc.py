"""What an Orthanc serves, by its REST API over one kept connection."""

import http.client
import json
import urllib.parse


class Orthanc:
    """One thread."""

    def __init__(self, url):
        self._address = urllib.parse.urlsplit(url).netloc
        self._connection = http.client.HTTPConnection(self._address, timeout=60)

    def get(self, path, method="GET", body=None):
        for attempt in (1, 2):
            try:
                self._connection.request(method, path, body)
                answer = self._connection.getresponse()
                data = answer.read()
                break
            except (http.client.HTTPException, ConnectionError):
                self._connection.close()
                if attempt == 2:
                    raise
        if answer.status != 200:
            raise RuntimeError(f"Orthanc answered {answer.status} to {method} {path}")
        return data

    def json(self, path):
        return json.loads(self.get(path))

    def post_instance(self, data):
        return json.loads(self.get("/instances", "POST", data))

    def last_change(self):
        return self.json("/changes?last")["Last"]

    def file(self, instance):
        return self.get(f"/instances/{instance}/file")

    def instances(self):
        """{Orthanc's id: (study UID, SOP Instance UID)}"""
        studies = {row["ID"]: row["MainDicomTags"].get("StudyInstanceUID", "") for row in self.json("/studies?expand")}
        series = {row["ID"]: studies[row["ParentStudy"]] for row in self.json("/series?expand")}
        return {
            row["ID"]: (series[row["ParentSeries"]], row["MainDicomTags"]["SOPInstanceUID"])
            for row in self.json("/instances?expand")
        }
