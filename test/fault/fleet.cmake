add_library(test_support STATIC ${CMAKE_CURRENT_LIST_DIR}/../support/program.cc)
target_include_directories(test_support PUBLIC ${CMAKE_CURRENT_LIST_DIR}/..)
target_link_libraries(test_support PRIVATE holdfast_warnings)

add_executable(fleet_test
  ${CMAKE_CURRENT_LIST_DIR}/alone_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/fleet_fixture.cc
  ${CMAKE_CURRENT_LIST_DIR}/fleet_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/../fakes/fault_proxy.cc
  ${CMAKE_CURRENT_LIST_DIR}/moving_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/operate_test.cc)
target_compile_definitions(fleet_test PRIVATE
  SLOW_SUM="$<TARGET_FILE:slow_sum>"
  GUIDE_WORKER="${CMAKE_CURRENT_LIST_DIR}/guide_worker.py")
target_link_libraries(fleet_test PRIVATE
  test_support holdfast_adapter_amqp holdfast_adapter_local holdfast_adapter_layout holdfast_adapter_s3 holdfast_core GTest::gtest_main
  holdfast_warnings)
add_dependencies(fleet_test slow_sum)
# Those that stop a broker or the store for a moment must not run beside others.
gtest_discover_tests(fleet_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300 RUN_SERIAL TRUE)
