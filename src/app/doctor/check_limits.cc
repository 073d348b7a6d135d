// Check of limits: enough open files and connections for the settings.
#include "app/descriptors.h"
#include "app/doctor/checks.h"
#include "base/format.h"

namespace dmw::app::doctor {

Findings check_limits(const Situation& situation) {
  const Descriptors descriptors = look_at_descriptors(descriptors_needed(situation.settings));
  // serve raises its own limit to this value.
  if (descriptors.most >= descriptors.needed)
    return {ok(format("{} files and connections may be needed, {} are allowed", descriptors.needed, descriptors.most))};
  return {note(descriptors.words())};
}

}  // namespace dmw::app::doctor
