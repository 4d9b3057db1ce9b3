# Needs holdfast_store_fakes of test/contract/store.cmake.
add_executable(worker_test
  ${CMAKE_CURRENT_LIST_DIR}/cancel_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cost_teller_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/durability_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/endings_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/group_guard_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/inquiry_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/lag_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/lifetimes_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/mean_time_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/named_results_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/fitness_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/outputs_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/parked_deliveries_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/same_id_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/log_throttle_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/session_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/time_sheet_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/transfer_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/worker_pages_test.cc)
target_link_libraries(worker_test PRIVATE
  holdfast_worker holdfast_store_fakes GTest::gtest_main holdfast_warnings)
gtest_discover_tests(worker_test DISCOVERY_TIMEOUT 60)
