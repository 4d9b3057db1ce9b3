// AMQP's tables of named values, made from ours and read into ours.
#pragma once

#include <amqp.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/amqp/topology.h"

namespace holdfast {

// The bytes stay the string's own, which must live as long as the result.
amqp_bytes_t bytes_of(const std::string& text);
std::string text_of(const amqp_bytes_t& bytes);

// A table under construction. It owns what it was given until it goes away.
class FieldTable {
 public:
  void add(const std::string& name, std::string_view text);
  void add(const std::string& name, std::int64_t number);
  void add(const std::string& name, bool truth);
  // `inner` must outlive this table.
  void add(const std::string& name, FieldTable& inner);
  void add(const QueueArgument& argument);

  // Valid until the next add().
  amqp_table_t table();

 private:
  amqp_field_value_t& append(const std::string& name, std::uint8_t kind);

  std::deque<std::string> texts_;  // A deque: its strings do not move when it grows.
  std::vector<amqp_table_entry_t> entries_;
};

// nullopt if `value` is no integer.
std::optional<std::int64_t> number_of(const amqp_field_value_t& value);
// nullopt if `value` is no text.
std::optional<std::string> text_of(const amqp_field_value_t& value);

}  // namespace holdfast
