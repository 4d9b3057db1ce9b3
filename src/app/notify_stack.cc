#include "app/notify_stack.h"

#include <utility>

#include "app/terminal.h"
#include "core/text.h"

namespace holdfast {

NoticeCourier make_courier(const Settings& settings, const StoreConfig& place, NotifyRules rules,
                           const Clock& clock) {
  const auto key = settings.find("", {"HOLDFAST_NOTIFY_KEY"});
  const auto* bucket = std::get_if<BucketConfig>(&place);
  return {key ? key->value : "", bucket == nullptr ? std::filesystem::path() : bucket->ca_file,
          std::move(rules), clock};
}

NotifyStack::NotifyStack(NoticeCourier courier, Store& store, const Clock& clock,
                         const FleetLayout& layout, std::vector<NotifyTarget> own,
                         std::string group, Notifier::Begin begin)
    : courier_(std::move(courier)),
      group_(std::move(group)),
      notifier_(store, clock, layout, courier_, std::move(own), begin) {}

EndTeller NotifyStack::teller() {
  return [this](const JobEnd& end, bool wished, bool ours) {
    JobEnd told = end;
    if (told.group.empty()) told.group = group_;
    notifier_.tell(std::move(told), wished, ours);
  };
}

void NotifyStack::finish(const std::string& how_to_send_them) {
  const std::size_t left = notifier_.finish();
  if (left == 0) return;
  say("holdfast: warning: " + grouped(left) +
      (left == 1 ? " notification was" : " notifications were") + " not sent; " + how_to_send_them +
      "\n");
}

}  // namespace holdfast
