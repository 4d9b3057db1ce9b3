// Jobs made from the values of parameters instead of a list: every combination is one. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "submit/job_reader.h"

namespace holdfast {

struct SweptParameter {
  std::string name;
  std::vector<std::string> values;
};

constexpr std::uint64_t kSweptJobsMax = 1'000'000;

// NAME=a,b,c or NAME=0..99 or NAME=0..100..10. Says what is wrong with it, as the end of a
// sentence; empty: `parameter` holds it.
std::string read_sweep(const std::string& typed, SweptParameter& parameter);
// 0-99 or 0-100:10: the parameter `index`.
std::string read_array(const std::string& typed, SweptParameter& parameter);

// Whether together they make no more jobs than kSweptJobsMax; and how many.
std::uint64_t swept_count(const std::vector<SweptParameter>& parameters);

// Every job, the values of the last parameter changing fastest. Its id says its values, so it is
// the same in every sweep that holds it: lr=1e-3:seed=0. `prefix` stands before it.
void each_swept_job(const std::vector<SweptParameter>& parameters, const std::string& prefix,
                    const std::function<void(const ListedJob&)>& visit);

// Names the sweep, by its parameters: sweep-lr-seed.
std::string name_of_sweep(const std::vector<SweptParameter>& parameters);

}  // namespace holdfast
