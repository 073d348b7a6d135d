#include "base/own_storage.h"

#include <utility>

#include "base/format.h"

namespace dmw {

std::unexpected<Error> own_storage_error(Error error, std::string_view place) {
  Error told;
  told.code = error.code == Errc::full ? Errc::full : Errc::unavailable;
  told.what = told.code == Errc::full ? format("the disk of {} is full", place)
                                      : format("{} cannot be used at the moment", place);
  told.during.push_back(std::move(error.what));
  for (std::string& doing : error.during) told.during.push_back(std::move(doing));
  return std::unexpected(std::move(told));
}

}  // namespace dmw
