// An object of a store as an instance that can be recorded: its digests, and what its header says.
#pragma once

#include "base/result.h"
#include "dicom/read_attributes.h"
#include "model/spooled_instance.h"
#include "store/object_store.h"

namespace dmw::care {

/// Reads all of it, a MiB at a time. Without a session and a time. Errors: corrupted (other bytes than the key says, or
/// those of another instance), those of read_attributes, not_found, and those of the store.
Result<SpooledInstance> read_stored_object(store::ObjectStore& store, const ObjectKey& key,
                                           const dicom::ReadOptions& options);

}  // namespace dmw::care
