#include "adapters/amqp/queue_losses.h"

#include "adapters/amqp/queue_look.h"

namespace holdfast {
namespace {

constexpr const char* kMakeAnew =
    "; a queue's arguments cannot be changed: let it run empty, delete it, run holdfast setup";

// A property, and whether an argument or a policy sets it.
struct Found {
  std::string value;
  bool by_policy = false;
};

class Look {
 public:
  Look(const QueueSpec& spec, const std::optional<ManagedQueue>& managed)
      : spec_(spec), managed_(managed) {}

  // `name` as policies have it: max-length, not x-max-length. Where both set it, the policy is
  // named: that is what the operator can change.
  std::optional<Found> find(const std::string& name) const {
    if (managed_) {
      const auto policy = managed_->policy.find(name);
      if (policy != managed_->policy.end()) return Found{policy->second, true};
      const auto argument = managed_->arguments.find("x-" + name);
      if (argument != managed_->arguments.end()) return Found{argument->second, false};
    }
    const QueueArgumentValue* value = find_argument(spec_, "x-" + name);
    if (value == nullptr) return std::nullopt;
    if (const auto* number = std::get_if<std::int64_t>(value)) {
      return Found{std::to_string(*number), false};
    }
    return Found{std::get<std::string>(*value), false};
  }

  // Of what is no argument: durable, auto_delete, exclusive.
  bool is(const std::string& property, bool expected) const {
    if (managed_) {
      const auto said = managed_->properties.find(property);
      if (said != managed_->properties.end()) return said->second == expected;
    }
    const QueueArgumentValue* value = find_argument(spec_, property);
    const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
    return text != nullptr && *text == (expected ? "true" : "false");
  }

  std::string set_by(const std::string& name, const Found& found) const {
    return (found.by_policy ? "the policy" + policy_name() + " sets " + name
                            : "the queue has x-" + name) +
           " = " + found.value;
  }

  std::string cure(const Found& found) const {
    if (!found.by_policy) return kMakeAnew;
    return "; change the policy" + policy_name() +
           " or its pattern so that it does not apply to this queue (rabbitmqctl list_policies, "
           "set_policy, clear_policy)";
  }

 private:
  std::string policy_name() const {
    return managed_ && !managed_->policy_name.empty() ? " " + managed_->policy_name : "";
  }

  const QueueSpec& spec_;
  const std::optional<ManagedQueue>& managed_;
};

// A queue with a limit is fine as long as it refuses what is too much.
void add_limits(const Look& look, const std::string& queue, std::vector<std::string>& losses) {
  const auto overflow = look.find("overflow");
  if (overflow && overflow->value == "reject-publish") return;
  for (const char* name : {"max-length", "max-length-bytes"}) {
    const auto limit = look.find(name);
    if (!limit) continue;
    const Found& to_change = overflow && overflow->by_policy ? *overflow : *limit;
    losses.push_back(queue + ": " + look.set_by(name, *limit) +
                     " and its overflow is not reject-publish, so a full queue throws away its "
                     "oldest messages, which the broker has confirmed" +
                     look.cure(to_change));
  }
}

}  // namespace

std::vector<std::string> losses_of(const QueueSpec& spec,
                                   const std::optional<ManagedQueue>& managed, bool passes_on) {
  const Look look(spec, managed);
  const std::string& queue = spec.name;
  std::vector<std::string> losses;
  const auto type = look.find("queue-type");
  if (type && type->value == "stream") {
    losses.push_back(queue +
                     ": it is a stream, which gives each message to every worker and keeps it "
                     "after the job is done" +
                     kMakeAnew);
  }
  if (look.is("durable", false)) {
    losses.push_back(queue + ": it is not durable: a restart of the broker removes it" + kMakeAnew);
  }
  if (look.is("auto_delete", true)) {
    losses.push_back(queue +
                     ": it is auto-delete: it is removed with all its messages when its last "
                     "worker disconnects" +
                     kMakeAnew);
  }
  if (look.is("exclusive", true)) {
    losses.push_back(queue + ": it is exclusive: it is removed with the connection that made it" +
                     kMakeAnew);
  }
  if (const auto expires = look.find("expires")) {
    losses.push_back(
        queue + ": " + look.set_by("expires", *expires) +
        ": after this many milliseconds without a worker it is removed with all its messages" +
        look.cure(*expires));
  }
  const auto lifetime = look.find("message-ttl");
  if (lifetime && !passes_on) {
    losses.push_back(queue + ": " + look.set_by("message-ttl", *lifetime) +
                     ": a message that waits for this many milliseconds is thrown away" +
                     look.cure(*lifetime));
  }
  add_limits(look, queue, losses);
  return losses;
}

}  // namespace holdfast
