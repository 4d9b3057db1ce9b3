# Needs test_support of fleet.cmake.
add_library(ownership_support STATIC
  ${CMAKE_CURRENT_LIST_DIR}/../fakes/fault_proxy.cc
  ${CMAKE_CURRENT_LIST_DIR}/fleet_fixture.cc
  ${CMAKE_CURRENT_LIST_DIR}/ownership_fixture.cc)
target_compile_definitions(ownership_support PUBLIC SLOW_SUM="$<TARGET_FILE:slow_sum>")
target_link_libraries(ownership_support PUBLIC
  test_support holdfast_adapter_local holdfast_adapter_layout holdfast_adapter_s3 holdfast_core GTest::gtest_main
  PRIVATE holdfast_warnings)
add_dependencies(ownership_support slow_sum)

add_executable(interruption_test
  ${CMAKE_CURRENT_LIST_DIR}/../fakes/http_fault_proxy.cc
  ${CMAKE_CURRENT_LIST_DIR}/../fakes/http_wire.cc
  ${CMAKE_CURRENT_LIST_DIR}/network_namespace.cc
  ${CMAKE_CURRENT_LIST_DIR}/network_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/interruption_test.cc)
target_link_libraries(interruption_test PRIVATE ownership_support holdfast_warnings)
gtest_discover_tests(interruption_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 600)

# They stop a broker for a while, so they must not run beside others.
add_executable(broker_outage_test ${CMAKE_CURRENT_LIST_DIR}/broker_outage_test.cc)
target_link_libraries(broker_outage_test PRIVATE ownership_support holdfast_warnings)
gtest_discover_tests(broker_outage_test
  DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 900 RUN_SERIAL TRUE)
