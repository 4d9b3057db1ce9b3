#include "adapters/amqp/fields.h"

#include <limits>

namespace holdfast {

amqp_bytes_t bytes_of(const std::string& text) {
  return {text.size(), const_cast<char*>(text.data())};  // The library does not write to it.
}

std::string text_of(const amqp_bytes_t& bytes) {
  return bytes.len == 0 ? std::string() : std::string(static_cast<char*>(bytes.bytes), bytes.len);
}

amqp_field_value_t& FieldTable::append(const std::string& name, std::uint8_t kind) {
  amqp_table_entry_t entry{};
  entry.key = bytes_of(texts_.emplace_back(name));
  entry.value.kind = kind;
  return entries_.emplace_back(entry).value;
}

void FieldTable::add(const std::string& name, std::string_view text) {
  append(name, AMQP_FIELD_KIND_UTF8).value.bytes = bytes_of(texts_.emplace_back(text));
}

// The smaller kind where it is enough, because that is what other clients send and brokers compare.
void FieldTable::add(const std::string& name, std::int64_t number) {
  if (number >= std::numeric_limits<std::int32_t>::min() &&
      number <= std::numeric_limits<std::int32_t>::max()) {
    append(name, AMQP_FIELD_KIND_I32).value.i32 = static_cast<std::int32_t>(number);
  } else {
    append(name, AMQP_FIELD_KIND_I64).value.i64 = number;
  }
}

void FieldTable::add(const std::string& name, bool truth) {
  append(name, AMQP_FIELD_KIND_BOOLEAN).value.boolean = truth ? 1 : 0;
}

void FieldTable::add(const std::string& name, FieldTable& inner) {
  append(name, AMQP_FIELD_KIND_TABLE).value.table = inner.table();
}

void FieldTable::add(const QueueArgument& argument) {
  if (const auto* text = std::get_if<std::string>(&argument.value)) {
    add(argument.name, std::string_view(*text));
  } else {
    add(argument.name, std::get<std::int64_t>(argument.value));
  }
}

amqp_table_t FieldTable::table() {
  return {static_cast<int>(entries_.size()), entries_.data()};
}

std::optional<std::int64_t> number_of(const amqp_field_value_t& value) {
  switch (value.kind) {
    case AMQP_FIELD_KIND_I8:
      return value.value.i8;
    case AMQP_FIELD_KIND_U8:
      return value.value.u8;
    case AMQP_FIELD_KIND_I16:
      return value.value.i16;
    case AMQP_FIELD_KIND_U16:
      return value.value.u16;
    case AMQP_FIELD_KIND_I32:
      return value.value.i32;
    case AMQP_FIELD_KIND_U32:
      return value.value.u32;
    case AMQP_FIELD_KIND_I64:
      return value.value.i64;
    default:
      return std::nullopt;
  }
}

std::optional<std::string> text_of(const amqp_field_value_t& value) {
  const bool text = value.kind == AMQP_FIELD_KIND_UTF8 || value.kind == AMQP_FIELD_KIND_BYTES;
  return text ? std::optional(text_of(value.value.bytes)) : std::nullopt;
}

}  // namespace holdfast
