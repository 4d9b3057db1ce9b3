add_executable(submit_test
  ${CMAKE_CURRENT_LIST_DIR}/csv_reader_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/json_text_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/jsonl_reader_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/ledger_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/submitter_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/sweep_test.cc)
target_include_directories(submit_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/../..)
target_link_libraries(submit_test PRIVATE
  holdfast_submit holdfast_adapter_sqlite GTest::gtest_main holdfast_warnings)
gtest_discover_tests(submit_test DISCOVERY_TIMEOUT 60)
