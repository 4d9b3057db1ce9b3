add_executable(task_words_test
  ${CMAKE_CURRENT_LIST_DIR}/arguments_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/control_test.cc)
target_link_libraries(task_words_test PRIVATE holdfast_core GTest::gtest_main holdfast_warnings)
gtest_discover_tests(task_words_test DISCOVERY_TIMEOUT 60)
