// holdfast dead and letters as only a broker can have them.
#include "adapters/amqp/amqp_url.h"
#include "base/random.h"
#include "integration/amqp_hand.h"
#include "integration/cli_fixture.h"

namespace holdfast::test {
namespace {

using CliLettersTest = CliTest;

// RabbitMQ 4 takes no message as long as that.
TEST_F(CliLettersTest, AMessageThatIsTooLongToBeReadWholeIsNotExportedCutOff) {
  const std::string url = from_services("HOLDFAST_TEST_AMQP_URL");
  const std::string queue = "letters-" + Random::from_system().hex(8);
  const QueueCleaner cleaner(parse_amqp_url(url), queue);
  const std::string env = write("worker.env", "AMQP_URL=" + url + "\nJOB_QUEUE=" + queue + "\n");
  run({"setup", "--env-file", env}, 0);
  AmqpHand hand(parse_amqp_url(url));
  hand.publish(queue + ".dead", R"({"job_id":"a"})", {});
  hand.publish(queue + ".dead", R"({"job_id":"b","long":")" + std::string(17 << 20, 'x') + "\"}",
               {});
  const std::string text = run({"dead", "export", "--env-file", env}, 1);
  EXPECT_LT(text.size(), 500u) << "it was printed all the same";
  EXPECT_TRUE(contains(text, R"({"job_id":"a"})")) << text.substr(0, 500);
  EXPECT_TRUE(contains(text, ": left out, because its message is too long to be read completely"))
      << text;
}

}  // namespace
}  // namespace holdfast::test
