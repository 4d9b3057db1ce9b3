# Needs holdfast_store_fakes of test/contract/store.cmake.
add_executable(index_test
  ${CMAKE_CURRENT_LIST_DIR}/fold_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/index_entry_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/index_notes_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/indexed_store_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/job_groups_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/job_index_test.cc)
target_link_libraries(index_test PRIVATE
  holdfast_index holdfast_joblog holdfast_adapter_local holdfast_store_fakes GTest::gmock_main
  holdfast_warnings)
gtest_discover_tests(index_test DISCOVERY_TIMEOUT 60)
