#include "app/version.h"

namespace holdfast {

std::string version() {
  return HOLDFAST_VERSION;
}

}  // namespace holdfast
