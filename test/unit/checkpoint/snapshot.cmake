add_executable(snapshot_test ${CMAKE_CURRENT_LIST_DIR}/snapshot_test.cc)
target_include_directories(snapshot_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/../..)
target_link_libraries(snapshot_test PRIVATE
  holdfast_checkpoint GTest::gtest_main holdfast_warnings)
gtest_discover_tests(snapshot_test DISCOVERY_TIMEOUT 60)
