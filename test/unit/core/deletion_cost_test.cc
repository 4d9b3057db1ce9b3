// Whom the cloud shall take first.
#include "core/deletion_cost.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(DeletionCost, AnIdleOneAndOneThatGoesCostNothing) {
  EXPECT_EQ(deletion_cost(Occupation::idle, 1h), 0u);
  EXPECT_EQ(deletion_cost(Occupation::leaving, 1h), 0u);
}

TEST(DeletionCost, ABusyOneCostsItsUnsavedSecondsAndAlwaysMoreThanAnIdleOne) {
  EXPECT_EQ(deletion_cost(Occupation::busy, 0s), 1u);
  EXPECT_EQ(deletion_cost(Occupation::busy, -5s), 1u);
  EXPECT_EQ(deletion_cost(Occupation::busy, 90s), 90u);
  EXPECT_EQ(deletion_cost(Occupation::busy, 2h), 7200u);
}

TEST(DeletionCost, WhoStoresAResultIsTheLastToBeTaken) {
  EXPECT_EQ(deletion_cost(Occupation::storing, 0s), kDeletionCostMax);
  EXPECT_EQ(deletion_cost(Occupation::busy, 1000h), kDeletionCostMax - 1);
}

}  // namespace
}  // namespace holdfast
