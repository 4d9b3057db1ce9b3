add_executable(base_test
  ${CMAKE_CURRENT_LIST_DIR}/base_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/compression_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/thread_pool_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/file_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/mailbox_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/utf8_test.cc)
target_include_directories(base_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/../..)
target_link_libraries(base_test PRIVATE holdfast_base GTest::gtest_main holdfast_warnings)
gtest_discover_tests(base_test DISCOVERY_TIMEOUT 60)
