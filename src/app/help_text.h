// What holdfast says when it is told nothing: the first screen.
#pragma once

#include <string_view>

namespace holdfast::help {

inline constexpr std::string_view kFirstScreen =
    R"(holdfast runs long jobs on machines that may vanish, and loses none of them.

On one machine, with nothing else installed:
  holdfast run jobs.csv --slots 2 -- ./simulate --steps {steps}
      Works the list off; killed and started again with the same words, it goes on.

With a fleet, a RabbitMQ broker and an S3 bucket (or R2):
  holdfast setup  --env-file worker.env
      Makes the queues, or says what differs where they exist.
  holdfast submit --env-file worker.env jobs.csv
      Sends the jobs of a list. Broken off and repeated, it sends the rest only.
  holdfast work   --env-file worker.env -- ./simulate --steps {steps}
      A worker: takes a job, goes on from its newest checkpoint, stores the result.
  holdfast status --env-file worker.env [JOB]
      How many jobs wait, run, are done; or everything about one of them.

With machines that a cloud runs (SaladCloud, or any other by a program of yours):
  holdfast deploy    --env-file salad.env fleet.conf
      Makes or changes the container group; shows the difference first.
  holdfast autoscale --env-file salad.env
      The fleet follows the work, down to zero; takes idle machines only.
  holdfast fleet     --env-file salad.env
      The group and its machines, each with its job.

When something needs a person:
  holdfast dead list|show|requeue|export|drop     Jobs that were set aside: look, bring back.
  holdfast cancel JOB…                            Ends jobs for good.
  holdfast checkpoints list|restore|prune JOB     What is stored of a job's progress.

Beside these:
  holdfast doctor        Checks broker, store and machine, and says how to mend what is wrong.
  holdfast checkpoint    Inside a job's script: my files are consistent now, take a checkpoint.
  holdfast health        Whether a worker that was started with --listen is well, for probes.
  holdfast simulate      A fleet played through: how long, how much, what is lost.
  holdfast version

`holdfast COMMAND --help` explains a command. A list of jobs is a CSV file with a column job_id,
or one JSON object a line. {name} in a command stands for that field of the job.
)";

}  // namespace holdfast::help
