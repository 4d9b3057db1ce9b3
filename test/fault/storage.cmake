# Needs test_support of fleet.cmake.
add_executable(growing_task ${CMAKE_CURRENT_LIST_DIR}/growing_task.cc)
target_link_libraries(growing_task PRIVATE holdfast_warnings)

add_executable(storage_faults_test
  ${CMAKE_CURRENT_LIST_DIR}/../fakes/http_fault_proxy.cc
  ${CMAKE_CURRENT_LIST_DIR}/../fakes/http_wire.cc
  ${CMAKE_CURRENT_LIST_DIR}/fleet_fixture.cc
  ${CMAKE_CURRENT_LIST_DIR}/storage_faults_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/storage_fixture.cc
  ${CMAKE_CURRENT_LIST_DIR}/storage_kills_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/storage_restore_test.cc)
target_compile_definitions(storage_faults_test PRIVATE
  SLOW_SUM="$<TARGET_FILE:slow_sum>"
  GROWING_TASK="$<TARGET_FILE:growing_task>")
target_link_libraries(storage_faults_test PRIVATE
  test_support holdfast_checkpoint holdfast_adapter_local holdfast_adapter_layout holdfast_adapter_s3 holdfast_core
  GTest::gtest_main holdfast_warnings)
add_dependencies(storage_faults_test slow_sum growing_task)
gtest_discover_tests(storage_faults_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 600)
