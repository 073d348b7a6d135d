// The words for the enumerations of the model.
#include "model/dead_letter.h"
#include "model/request.h"

namespace dmw {

std::string_view name(RequestState state) {
  switch (state) {
    case RequestState::waiting:
      return "waiting";
    case RequestState::claimed:
      return "working";
    case RequestState::done:
      return "done";
    case RequestState::failed:
      return "failed";
  }
  return "failed";
}

std::string_view name(Stage stage) {
  switch (stage) {
    case Stage::fetch:
      return "fetch";
    case Stage::header:
      return "header";
    case Stage::store:
      return "store";
    case Stage::record:
      return "record";
  }
  return "record";
}

std::string_view error_reason(Stage stage) {
  switch (stage) {
    case Stage::fetch:
      return "Source fetch failure";
    case Stage::header:
      return "Metadata parsing failure";
    case Stage::store:
      return "Storage write failure";
    case Stage::record:
      return "DB write failure";
  }
  return "DB write failure";
}

std::string_view name(DeadLetterState state) {
  switch (state) {
    case DeadLetterState::open:
      return "open";
    case DeadLetterState::replaying:
      return "replaying";
    case DeadLetterState::replayed:
      return "replayed";
    case DeadLetterState::discarded:
      return "discarded";
  }
  return "open";
}

std::string cause_word(Stage stage, Errc cause) {
  const bool limit = cause == Errc::too_large || cause == Errc::too_deep;
  return (limit && stage == Stage::header ? "header_" : "") + std::string(name(cause));
}

bool is_cause(std::string_view word) {
  for (int code = 0; code <= static_cast<int>(Errc::internal); ++code) {
    for (const Stage stage : {Stage::fetch, Stage::header}) {
      if (cause_word(stage, static_cast<Errc>(code)) == word) return true;
    }
  }
  return false;
}

std::string_view advice(Stage stage, Errc cause) {
  if (stage == Stage::fetch) {
    if (cause == Errc::too_large)
      return "read the detail; if the inbox is too small, raise INBOX_LIMIT_GIB and restart serve, or free space; then "
             "replay";
    return cause == Errc::not_found ? "check that the study still exists in the source, then replay or discard"
                                    : "read the detail, correct the problem at the source, then replay";
  }
  switch (cause) {
    case Errc::not_dicom:
      return "discard it, and find out which sender sends files that are not DICOM";
    case Errc::too_large:
      return "raise HEADER_LIMIT_MIB, restart serve, then replay";
    case Errc::too_deep:
      return "look at the file with a DICOM tool; discard it if none of your devices sent it";
    case Errc::corrupted:
      return "ask the sender to send it again, then discard this one";
    case Errc::unsupported:
      return "ask the sender for a complete header, then discard this one";
    default:
      return "replay it; if it fails again, save the file and report it as a bug";
  }
}

}  // namespace dmw
