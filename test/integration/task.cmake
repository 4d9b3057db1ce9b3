find_package(Threads REQUIRED)
add_executable(test_task ${CMAKE_CURRENT_LIST_DIR}/test_task.cc)
target_link_libraries(test_task PRIVATE holdfast_warnings Threads::Threads)

add_executable(test_worker ${CMAKE_CURRENT_LIST_DIR}/test_worker.cc)
target_include_directories(test_worker PRIVATE ${CMAKE_CURRENT_LIST_DIR}/..)
target_link_libraries(test_worker PRIVATE
  holdfast_adapter_local holdfast_checkpoint holdfast_warnings)

add_executable(test_saver ${CMAKE_CURRENT_LIST_DIR}/test_saver.cc)
target_link_libraries(test_saver PRIVATE holdfast_task holdfast_warnings)

add_executable(runner_test
  ${CMAKE_CURRENT_LIST_DIR}/runner_fixture.cc
  ${CMAKE_CURRENT_LIST_DIR}/runner_instant_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/runner_snapshot_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/runner_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/runner_tree_test.cc)
add_executable(sdk_test
  ${CMAKE_CURRENT_LIST_DIR}/runner_fixture.cc
  ${CMAKE_CURRENT_LIST_DIR}/sdk_test.cc)
foreach(name runner_test sdk_test)
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/..)
  target_compile_definitions(${name} PRIVATE
    TEST_TASK="$<TARGET_FILE:test_task>"
    TEST_WORKER="$<TARGET_FILE:test_worker>"
    TEST_SAVER="$<TARGET_FILE:test_saver>"
    SLOW_SUM="$<TARGET_FILE:slow_sum>"
    SLOW_SUM_SCRIPT="${PROJECT_SOURCE_DIR}/examples/slow_sum.sh")
  target_link_libraries(${name} PRIVATE
    holdfast_adapter_directory holdfast_adapter_local holdfast_checkpoint holdfast_task
    GTest::gtest_main holdfast_warnings)
  add_dependencies(${name} test_task test_worker test_saver slow_sum)
  # This one counts folders in /tmp, which others make too.
  set(counts_folders RunnerTreeTest.AKilledWorkersSocketFolderIsRemoved)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 TEST_FILTER "-${counts_folders}"
    PROPERTIES TIMEOUT 120)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 TEST_FILTER "${counts_folders}"
    PROPERTIES TIMEOUT 120 RUN_SERIAL TRUE)
endforeach()
