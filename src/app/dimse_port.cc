#include "app/dimse_port.h"

#include "app/mapping.h"

namespace dmw::app {

DimsePort::DimsePort(Foundation& ground)
    : storage(dimse_name, {.accept_unknown = ground.settings().dimse.accept_unknown}, ground.inbox(), ground.read(),
              ground.metrics()),
      listener(dimse_name, dimse_options(ground.settings()), {&storage, &verification},
               {ground.catalog(), ground.metrics(), ground.clock()}) {}

}  // namespace dmw::app
