add_executable(cli_test
  ${CMAKE_CURRENT_LIST_DIR}/cli_cancel_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_checkpoints_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_dead_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_clean_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_endings_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_fixture.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_mistakes_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_run_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_submit_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_work_test.cc)
target_compile_definitions(cli_test PRIVATE
  SLOW_SUM="$<TARGET_FILE:slow_sum>"
  HOLDFAST_PROGRAM="$<TARGET_FILE:holdfast>")
target_link_libraries(cli_test PRIVATE
  test_support holdfast_adapter_amqp holdfast_adapter_sqlite holdfast_adapter_local holdfast_core
  GTest::gtest_main holdfast_warnings)
add_dependencies(cli_test slow_sum holdfast)
gtest_discover_tests(cli_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)

# Those of results, which need the S3 server.
add_executable(cli_fetch_test
  ${CMAKE_CURRENT_LIST_DIR}/cli_fetch_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_gc_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_groups_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_forget_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_rerun_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_fixture.cc)
target_compile_definitions(cli_fetch_test PRIVATE HOLDFAST_PROGRAM="$<TARGET_FILE:holdfast>")
target_link_libraries(cli_fetch_test PRIVATE
  test_support holdfast_adapter_s3 holdfast_core GTest::gtest_main holdfast_warnings)
add_dependencies(cli_fetch_test holdfast)
gtest_discover_tests(cli_fetch_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
