// What --help says beside the options: the first screen, and the examples of each command.
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

Beside these:
  holdfast checkpoint    Inside a job's script: my files are consistent now, take a checkpoint.
  holdfast version

`holdfast COMMAND --help` explains a command. A list of jobs is a CSV file with a column job_id,
or one JSON object a line. {name} in a command stands for that field of the job.
)";

inline constexpr std::string_view kRun = R"(Examples:
  holdfast run jobs.csv -- ./simulate --steps {steps}
  holdfast run jobs.csv --slots 4 --checkpoint-every 30s -- python3 /srv/train.py {job_id}
  generate-jobs | holdfast run - --state work.holdfast -- ./simulate {steps}

Results are in STATE/store/JOB/, what the program printed in STATE/logs/JOB.log.
Exit code: 0 all jobs are completed, 1 some are dead, 2 usage, 4 trouble with the disk.)";

inline constexpr std::string_view kSetup = R"(Examples:
  holdfast setup --env-file worker.env
  AMQP_URL=amqps://user:password@host/vhost holdfast setup --job-queue my-job-queue

Twice is harmless. Queues that exist are never changed.
Exit code: 0 all is as wanted, 2 usage, 3 something differs, 4 the broker is out of reach.)";

inline constexpr std::string_view kSubmit = R"(Examples:
  holdfast submit --env-file worker.env jobs.csv
  generate-jobs | holdfast submit --env-file worker.env --ledger july.submitted -

The whole list is checked before anything of it is sent. In CSV a cell that is spelled like a JSON
number becomes one, an empty cell leaves its field out, and all else is text.
What the queue has confirmed stands in the ledger (default: JOBS.submitted), so the same command
again sends the rest.
Exit code: 0 all is submitted, 2 usage or a list with mistakes, 4 the queue is out of reach.)";

inline constexpr std::string_view kWork = R"(Examples:
  holdfast work --env-file worker.env -- ./simulate --steps {steps}
  holdfast work --env-file worker.env --checkpoint-every 2m -- python3 /srv/train.py {job_id}

Stops on SIGTERM or Ctrl-C: the job makes a last checkpoint and goes back to the queue. A second
one ends at once. The program's exit codes: 0 finished, 65 this job can never work, 69 this machine
cannot run it, 75 try later, 85 checkpointed, run me again, any other a failure.
Exit code: 0 drained or nothing left, 2 usage, 4 broker, store or program cannot be used.)";

inline constexpr std::string_view kStatus = R"(Examples:
  holdfast status --env-file worker.env
  holdfast status --env-file worker.env job-17 --json
  holdfast status --state jobs.csv.holdfast --watch

Exit code: 0, 2 usage, 4 broker or store are out of reach.)";

inline constexpr std::string_view kCheckpoint = R"(Example, in a shell script that holdfast runs:
  tar cf "$HOLDFAST_CHECKPOINT_DIR/all.tar" data && holdfast checkpoint

Returns when the files are copied; they are uploaded while the script goes on.
Exit code: 0 taken (or no worker is there: the script runs by itself), 2 usage, 4 not taken.)";

}  // namespace holdfast::help
