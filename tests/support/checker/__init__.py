"""Checks the invariants I1 to I9 from outside: reads the catalog, the store, the inbox, the topics and the Orthanc by
itself, with none of the program's code, and compares them with the ledger of what was acknowledged."""
