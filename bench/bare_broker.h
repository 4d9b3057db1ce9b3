// librabbitmq as it is, without anything of ours: what a program that only wants speed would write.
// An unexpected answer ends the process with a sentence.
#pragma once

#include <amqp.h>

#include <cstdint>
#include <string>

namespace holdfast::bench {

constexpr amqp_channel_t kChannel = 1;
constexpr int kFrameBytesMax = 131'072;

[[noreturn]] void give_up(const std::string& sentence);

amqp_bytes_t bytes_of(const std::string& text);

// A connection to what AMQP_URL of the environment names, with one channel open. Owned by the
// caller; it ends with the process.
amqp_connection_state_t connect_to_broker();

void require(amqp_connection_state_t broker, const std::string& act);

// Persistent and mandatory, with the properties that ours have.
void publish(amqp_connection_state_t broker, const std::string& queue, const std::string& id,
             const std::string& body);

// The job that line `number` of the measured list makes.
std::string job_id(std::uint64_t number);
std::string job_body(std::uint64_t number);

}  // namespace holdfast::bench
