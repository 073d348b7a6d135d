#include "sources/dimse/reception.h"

#include <algorithm>

#include "dicom/shown_syntax.h"
#include "dicom/ul/sop_classes.h"
#include "sources/dimse/meta_header.h"

namespace dmw::sources {
namespace {

constexpr std::size_t uid_length_max = 64;

using ul::Status;

}  // namespace

Reception::Reception(Door& door, const dimse::Request& request) : door_(door), request_(request) {
  judge_request();
  if (!refusal_) open();
}

void Reception::judge_request() {
  const ul::Command& command = request_.command();
  const std::string& agreed = request_.context().abstract_syntax;
  if (command.sop_class != agreed || agreed == ul::verification_sop_class)
    return refuse(Status::sop_class_not_supported, "sop_class",
                  "the SOP class is not that of the presentation context");
  if (!command.has_dataset) return refuse(Status::cannot_understand, "no_dataset", "the request has no dataset");
  if (command.sop_instance.empty() || command.sop_instance.size() > uid_length_max)
    refuse(Status::cannot_understand, "no_instance", "the request has no usable SOP Instance UID");
}

void Reception::open() {
  Result<inbox::SpoolFile> file = door_.open();
  if (!file) return refuse(file.error());
  file_.emplace(std::move(*file));
}

bool Reception::take(ByteView bytes) {
  if (refusal_) return false;
  if (is_begun_) return write(bytes);
  const std::size_t missing = dicom::beginning_bytes - beginning_.size();
  beginning_ += as_text(bytes.first(std::min(bytes.size(), missing)));
  if (beginning_.size() < dicom::beginning_bytes) return true;
  write_beginning(false);
  return !refusal_ && write(bytes.subspan(std::min(bytes.size(), missing)));
}

void Reception::write_beginning(bool is_all) {
  const std::string& agreed = request_.context().transfer_syntax;
  const dicom::ShownSyntax shown = dicom::shown_syntax(as_bytes(beginning_), is_all, agreed);
  is_begun_ = true;
  is_agreed_ = shown.transfer_syntax == agreed;
  if (shown.is_misleading) {
    return refuse(Status::cannot_understand, "group_0002", "the data set begins with elements of group 0002");
  }
  const std::string meta = encode(MetaHeader{.sop_class = request_.command().sop_class,
                                             .sop_instance = request_.command().sop_instance,
                                             .transfer_syntax = shown.transfer_syntax,
                                             .source_ae = request_.session().calling_ae});
  if (write(as_bytes(meta))) static_cast<void>(write(as_bytes(beginning_)));
  beginning_ = {};
}

bool Reception::write(ByteView bytes) {
  const Result<> written = file_->append(bytes);
  if (!written) refuse(written.error());
  return written.has_value();
}

Verdict Reception::conclude() {
  if (!refusal_ && !is_begun_) write_beginning(true);
  if (refusal_) return *refusal_;
  Result<Received> received = door_.receive(std::move(*file_));
  file_.reset();
  if (!received) {
    refuse(received.error());
    return *refusal_;
  }
  compare(*received);
  if (refusal_) return *refusal_;
  if (received->header.is_readable() && !is_agreed_) received->header->flags |= Flag::transfer_syntax_mismatch;
  const std::uint64_t size_bytes = received->file.size();
  if (const Result<> kept = door_.keep(std::move(*received), request_.session()); !kept) {
    refuse(kept.error());
    return *refusal_;
  }
  return {.size_bytes = size_bytes};
}

void Reception::compare(const Received& received) {
  if (const auto why = objection(received))
    return refuse(Status::cannot_understand, std::string(name(why->code)), why->detail);
  if (!received.header.is_readable()) return;
  // The real encoding has no transfer syntax that a meta header could name: unexpected compressed or uncompressed
  // pixels, or a deflated stream with a zlib header.
  if (received.header->flags.has(Flag::transfer_syntax_mismatch))
    return refuse(Status::cannot_understand, "transfer_syntax", "the data set is not in the agreed transfer syntax");
  if (received.header->sop_class != request_.command().sop_class) {
    refuse(Status::dataset_does_not_match_sop_class, "other_class", "the data set has another SOP Class UID");
  } else if (received.header->sop_uid.get() != request_.command().sop_instance) {
    refuse(Status::dataset_does_not_match_sop_class, "other_instance", "the data set has another SOP Instance UID");
  }
}

/// Refuses the instance because of an error of ours; the sender may try again.
void Reception::refuse(const Error& ours) {
  refuse(Status::out_of_resources, std::string(name(ours.code)),
         ours.code == Errc::full ? "the inbox is full (INBOX_LIMIT_GIB, DISK_RESERVE_GIB)"
                                 : "the inbox cannot take anything at the moment");
  refusal_->detail = ours.message();
}

void Reception::refuse(Status status, std::string reason, std::string comment) {
  file_.reset();
  refusal_ = Verdict{.status = status, .comment = std::move(comment), .reason = std::move(reason)};
}

}  // namespace dmw::sources
