"""One installation: where its parts are, and what they hold at one quiet moment."""

import dataclasses
import functools

from . import catalog, objects, topic


@dataclasses.dataclass
class World:
    catalog_url: str
    store_root: str
    inbox_directories: list = dataclasses.field(default_factory=list)
    ledger: list = dataclasses.field(default_factory=list)
    subject: str = ""
    bootstrap: str = ""
    topic: str = "dicom.metadata.v1"
    dead_letter_topic: str = "dicom.metadata.dlq"
    orthanc: object = None

    @functools.cached_property
    def catalog(self):
        return catalog.Catalog(self.catalog_url)

    @functools.cached_property
    def objects(self):
        return objects.Objects(self.store_root)

    @functools.cached_property
    def inbox(self):
        return objects.Inbox(self.inbox_directories)

    @functools.cached_property
    def topics(self):
        """{1: study messages, 2: dead letters}; nothing without Kafka."""
        if not self.bootstrap:
            return None
        return {1: topic.read(self.bootstrap, self.topic), 2: topic.read(self.bootstrap, self.dead_letter_topic)}

    @functools.cached_property
    def served(self):
        """{Orthanc's id: (study UID, SOP Instance UID)}; nothing without Orthanc."""
        return self.orthanc.instances() if self.orthanc else None

    @functools.cached_property
    def prints(self):
        """Of every object that can be read."""
        found = {}
        for key in self.objects.keys:
            if not key.endswith(".json"):
                found[key] = self.objects.fingerprint(key)
        return found

    def entries(self, kind):
        """Lines of the ledger that concern this installation."""
        return [line for line in self.ledger if line["kind"] == kind and line.get("subject", self.subject) == self.subject]

    def repeats(self):
        """Messages that say again what another one said."""
        return sum(
            len(messages) - len({dict(message.headers).get("event_id") for message in messages})
            for messages in (self.topics or {}).values()
        )

    def forget(self):
        """Look again."""
        for name in ("catalog", "objects", "inbox", "topics", "served", "prints"):
            self.__dict__.pop(name, None)

    def counts(self):
        return {
            "versions": len(self.catalog.versions),
            "revisions": len(self.catalog.revisions),
            "events": len(self.catalog.events),
            "dead letters": len(self.catalog.dead_letters),
            "objects": len(self.objects.keys),
        }
