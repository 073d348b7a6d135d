// The answer to a STOW-RS request: the result of each instance (PS3.18 §10.5.3, Annex I).
#pragma once

#include <deque>

#include "http/answer.h"
#include "http/request.h"
#include "sources/upload/delivery.h"

namespace dmw::sources {

/// 200: all kept. 202: some were not kept, or there are warnings. 409: none was kept, because of the instances
/// themselves.
int store_status(const std::deque<StoreResult>& results);

/// The Store Instances Response as DICOM JSON, or as XML (PS3.19 §A.1) if the request prefers that. An instance that
/// could not be read is in Other Failures Sequence. Retrieve URL, which Annex I requires, is empty, because there is no
/// retrieval yet. `Warning` fields have the reasons of the first refusals in words.
http::Answer store_response(const http::Request& request, const std::deque<StoreResult>& results);

}  // namespace dmw::sources
