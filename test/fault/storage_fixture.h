// One job, workers that reach the real S3 server through a proxy that misbehaves, and a look at
// what the store holds afterwards that goes past the proxy.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "checkpoint/restorer.h"
#include "core/job.h"
#include "core/record.h"
#include "core/store_layout.h"
#include "fakes/http_fault_proxy.h"
#include "fault/fleet_fixture.h"

namespace holdfast::test {

class StorageFixture : public testing::Test {
 protected:
  StorageFixture();

  // A worker of `task` that works in the folder `name`.
  std::unique_ptr<Program> start(const std::string& name,
                                 const std::vector<std::string>& task) const;
  // A worker of a shell script that waits for let_go() where it says: read _ < $GO
  std::unique_ptr<Program> start_script(const std::string& name, const std::string& script);
  void let_go() const;
  // A worker of growing_task.
  std::unique_ptr<Program> start(const std::string& name, int steps, int step_ms = 100,
                                 int step_kib = 512) const;

  // A worker that finishes the job and finds nothing left; it must have gone on from a checkpoint.
  void finish_with_another(int steps);

  // The job ended as it must: completed once, with the right result, no attempt held against it;
  // the generation never went down, nothing is left in the queue, and every checkpoint that is kept
  // can be restored.
  void expect_completed(const std::string& result);

  std::string key(const std::string& part) const { return job_ + "/" + part; }
  Record newest_record() const;
  Restorer restorer() const;

  SystemClock clock_;
  Fleet fleet_{"HOLDFAST_TEST_AMQP_URL"};
  const std::string job_ = fleet_.queue() + "-0";
  const StoreLayout layout_{*JobId::parse(job_)};
  std::unique_ptr<HttpFaultProxy> proxy_;
  std::string checkpoint_every_ = "200ms";

 private:
  std::string fifo() const { return (fleet_.folder() / "go").string(); }
};

// How many steps a worker's task has printed.
std::size_t steps_in(const std::string& output);
bool began_anew(const std::string& output);

}  // namespace holdfast::test
