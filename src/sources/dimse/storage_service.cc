#include "sources/dimse/storage_service.h"

#include "dicom/ul/negotiation.h"
#include "dicom/ul/sop_classes.h"
#include "sources/dimse/reception.h"

namespace dmw::sources {

StorageService::StorageService(const std::string& name, const Options& options, inbox::Intake& inbox,
                               const dicom::ReadOptions& read, Metrics& metrics)
    : Service({.name = "storage", .operations = {ul::CommandField::c_store_rq}, .needed_parts = {"inbox"}}),
      options_(options),
      door_(name, inbox, read, metrics) {}

std::optional<std::string> StorageService::accepts(const ul::ProposedContext& context) const {
  const std::string& sop_class = context.abstract_syntax;
  const bool served = ul::is_storage(sop_class) || (options_.accept_unknown && ul::is_private_uid(sop_class));
  if (!served) return std::nullopt;
  return ul::preferred(context.transfer_syntaxes);
}

Result<> StorageService::handle(dimse::Request& request, dimse::Responder& responder) {
  Reception reception(door_, request);
  TRY(request.dataset([&](ByteView bytes) { return reception.take(bytes); }));
  const Verdict verdict = reception.conclude();
  if (verdict.status == ul::Status::success) {
    responder.kept(verdict.size_bytes);
  } else {
    door_.refused(verdict.reason);
    responder.refused(verdict.status, verdict.detail.empty() ? verdict.comment : verdict.detail);
  }
  return responder.respond(verdict.status, verdict.comment);
}

}  // namespace dmw::sources
