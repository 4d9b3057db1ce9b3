#include "operate/broker_check.h"

#include <algorithm>
#include <array>

namespace holdfast {

namespace {

using std::chrono::milliseconds;

// A vanished worker is noticed after two to three heartbeats.
constexpr std::chrono::seconds kHeartbeatSlow{20};
// Below it, jobs that run for hours are taken away while they run.
constexpr milliseconds kHoldLimitShort = std::chrono::hours(24 * 7);

std::string hours_text(milliseconds time) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(time).count();
  if (minutes < 120) return std::to_string(minutes) + " minutes";
  if (minutes < 48 * 60) return std::to_string(minutes / 60) + " hours";
  return std::to_string(minutes / 60 / 24) + " days";
}

struct StageWords {
  BrokerStage stage;
  const char* check;
  const char* cure;
};

constexpr std::array<StageWords, 5> kStages = {{
    {BrokerStage::reach, "broker.reach",
     "check the host and the port in AMQP_URL, that the broker runs, and that no firewall stands "
     "between: nc -vz HOST PORT"},
    {BrokerStage::trust, "broker.tls",
     "check the host name in AMQP_URL; for a private authority give its file with --ca-file"},
    {BrokerStage::login, "broker.login", "check the user and the password in AMQP_URL"},
    {BrokerStage::vhost, "broker.vhost",
     "check the virtual host after the host name in AMQP_URL; write a '/' in its name as %2F"},
    {BrokerStage::talk, "broker.connection",
     "try again; if it fails again, look at the broker's log"},
}};

// How far we got, one finding for each stage that was passed.
void add_connection(const BrokerFacts& facts, Findings& findings) {
  for (const StageWords& words : kStages) {
    if (!facts.fault.empty() && facts.fault_at == words.stage) {
      findings.push_back({words.check, Verdict::bad, facts.fault, words.cure});
      return;
    }
    switch (words.stage) {
      case BrokerStage::reach:
        findings.push_back({words.check, Verdict::ok, facts.address + " answers", {}});
        break;
      case BrokerStage::trust:
        if (facts.encrypted) {
          findings.push_back({words.check, Verdict::ok, "its certificate is the host's", {}});
        } else if (!facts.on_this_machine) {
          findings.push_back({words.check, Verdict::warn,
                              "the password and all jobs travel unencrypted",
                              "use amqps:// if the network is not yours alone"});
        }
        break;
      case BrokerStage::login:
        findings.push_back({words.check, Verdict::ok, "the user and the password are right", {}});
        break;
      case BrokerStage::vhost:
        findings.push_back({words.check, Verdict::ok, "the virtual host is open to us", {}});
        break;
      case BrokerStage::talk:
        break;
    }
  }
}

bool connected(const BrokerFacts& facts) {
  return facts.fault.empty() || facts.fault_at == BrokerStage::talk;
}

void add_version(const BrokerFacts& facts, Findings& findings) {
  const std::string name = facts.product.empty() ? "a broker that does not identify itself"
                                                 : facts.product + " " + facts.version;
  const bool tried = facts.product == "RabbitMQ" &&
                     (facts.version.starts_with("3.") || facts.version.starts_with("4."));
  if (tried) {
    findings.push_back({"broker.version", Verdict::ok, name, {}});
    return;
  }
  findings.push_back({"broker.version", Verdict::warn,
                      name + ", which was not tested with Holdfast", "use RabbitMQ 3.10 or later"});
}

void add_heartbeat(const BrokerFacts& facts, Findings& findings) {
  const std::string seconds = std::to_string(facts.heartbeat.count());
  if (facts.heartbeat.count() == 0) {
    findings.push_back({"broker.heartbeat", Verdict::bad,
                        "no heartbeats: the broker never notices that a machine vanished, and its "
                        "job never runs elsewhere",
                        "set heartbeat = 15 on the broker"});
    return;
  }
  const std::string text = "every " + seconds + " s: a machine that vanishes is noticed within " +
                           std::to_string(3 * facts.heartbeat.count()) + " s";
  const bool slow = facts.heartbeat > kHeartbeatSlow;
  findings.push_back({"broker.heartbeat", slow ? Verdict::warn : Verdict::ok, text,
                      slow ? "leave heartbeat= out of AMQP_URL, or set it to 15" : ""});
}

void add_queues(const BrokerFacts& facts, Findings& findings) {
  if (facts.queues.empty()) return;
  const QueueFacts& jobs = facts.queues.front();
  if (!jobs.there) {
    findings.push_back({"queue.there", Verdict::bad, "there is no queue " + jobs.name,
                        "run holdfast setup, or check JOB_QUEUE"});
    return;
  }
  for (const QueueFacts& queue : facts.queues) {
    if (!queue.there) {
      findings.push_back({"queue.there", facts.may_configure ? Verdict::note : Verdict::bad,
                          "there is no queue " + queue.name +
                              (facts.may_configure ? "; it is made when it is needed"
                                                   : ", and this user is not allowed to make it"),
                          "run holdfast setup"});
    } else if (queue.differences.empty()) {
      findings.push_back({"queue.arguments", Verdict::ok, queue.name + " is made as wanted", {}});
    }
    for (const std::string& loss : queue.losses) {
      const std::size_t cure = loss.find("; ");
      findings.push_back({"queue.loses", Verdict::bad, loss.substr(0, cure),
                          cure == std::string::npos ? "" : loss.substr(cure + 2)});
    }
    for (const std::string& difference : queue.differences) {
      findings.push_back({"queue.arguments", Verdict::warn, queue.name + ": " + difference,
                          "workers can use it as it is; to change it, let the queue run empty, "
                          "delete it, and run holdfast setup"});
    }
  }
}

void add_delivery_limit(const BrokerFacts& facts, Findings& findings) {
  if (!facts.delivery_limit) {
    findings.push_back(
        {"queue.delivery_limit", Verdict::ok, "a job may be interrupted any number of times", {}});
    return;
  }
  findings.push_back({"queue.delivery_limit", Verdict::warn,
                      "the broker dead-letters a job when it was returned more than " +
                          std::to_string(*facts.delivery_limit) +
                          " times; workers replace its message before that, and the job then goes "
                          "to the end of the queue",
                      "if a policy sets it, raise it there; else let the queue run empty, delete "
                      "it, and run holdfast setup"});
}

void add_dead_letters(const BrokerFacts& facts, Findings& findings) {
  switch (facts.dead_letters) {
    case DeadLetterPath::arrives:
      findings.push_back({"queue.dead_letters", Verdict::ok, facts.dead_letters_detail, {}});
      return;
    case DeadLetterPath::untried:
      findings.push_back({"queue.dead_letters", Verdict::note,
                          "the path of dead letters was not tested: " + facts.dead_letters_detail,
                          "run holdfast doctor as a user with this permission, or give this user "
                          "all three permissions on " +
                              facts.queues.front().name + ".doctor.*"});
      return;
    case DeadLetterPath::lost:
      break;
  }
  // With a large limit the broker itself sets nothing aside; our own dead letters are published.
  findings.push_back({"queue.dead_letters", facts.delivery_limit ? Verdict::bad : Verdict::warn,
                      facts.dead_letters_detail,
                      "bind a queue to that exchange with that routing key, or let the job queue "
                      "run empty, delete it, and run holdfast setup"});
}

void add_hold_limit(const BrokerFacts& facts, Findings& findings) {
  const std::string check = "queue.hold_limit";
  const HoldLimit& limit = facts.hold_limit;
  const std::string cure =
      "set consumer_timeout = 2592000000 (30 days) in rabbitmq.conf or in your broker provider's "
      "console";
  switch (limit.known) {
    case HoldLimit::Known::none:
    case HoldLimit::Known::as_we_wish:
      findings.push_back({check, Verdict::ok, "a worker may hold a job as long as it runs", {}});
      return;
    case HoldLimit::Known::limited:
      if (limit.limit >= kHoldLimitShort) {
        findings.push_back(
            {check, Verdict::ok, "a worker may hold a job for " + hours_text(limit.limit), {}});
        return;
      }
      findings.push_back({check, Verdict::warn,
                          "a job that runs for more than " + hours_text(limit.limit) +
                              " is taken from its worker (acknowledgement timeout)",
                          cure});
      return;
    case HoldLimit::Known::unknown:
      break;
  }
  findings.push_back({check, Verdict::warn,
                      "the broker does not show its acknowledgement timeout; by default it takes a "
                      "job from its worker after 30 minutes",
                      cure});
}

void add_permissions(const BrokerFacts& facts, Findings& findings) {
  if (facts.may_read && facts.may_write && facts.may_configure) {
    findings.push_back({"queue.permissions", Verdict::ok, "the user may make, read and write", {}});
    return;
  }
  if (!facts.may_read) {
    findings.push_back({"queue.permissions", Verdict::bad,
                        "the user may not read the queue: a worker gets no jobs",
                        "rabbitmqctl set_permissions -p VHOST USER CONFIGURE WRITE READ"});
  }
  if (!facts.may_write) {
    findings.push_back({"queue.permissions", Verdict::bad,
                        "the user may not publish: neither jobs nor dead letters",
                        "give it write permission on amq.default and on the queues"});
  }
  if (!facts.may_configure) {
    findings.push_back({"queue.permissions", Verdict::warn,
                        "the user may not make queues: holdfast setup cannot work, and workers "
                        "assume that every queue has a small delivery limit",
                        "give it configure permission on " + facts.queues.front().name + ".*"});
  }
}

void add_management(const BrokerFacts& facts, Findings& findings) {
  if (facts.management_tells) {
    findings.push_back({"broker.management", Verdict::ok, "the management interface answers", {}});
    return;
  }
  findings.push_back(
      {"broker.management", Verdict::note,
       "the management interface does not answer: status cannot show how many jobs are in flight, "
       "and policies are not visible, such as a delivery limit or a limit by which jobs are lost",
       "give its address with --management-url; the user needs the tag management"});
}

}  // namespace

Findings judge(const BrokerFacts& facts) {
  Findings findings;
  add_connection(facts, findings);
  if (!connected(facts)) return findings;
  add_version(facts, findings);
  add_heartbeat(facts, findings);
  add_queues(facts, findings);
  // What was not reached is unknown, and would only look wrong.
  const bool examined = facts.fault.empty() && !facts.queues.empty() && facts.queues.front().there;
  if (!examined) return findings;
  add_delivery_limit(facts, findings);
  add_dead_letters(facts, findings);
  add_hold_limit(facts, findings);
  add_permissions(facts, findings);
  add_management(facts, findings);
  return findings;
}

}  // namespace holdfast
