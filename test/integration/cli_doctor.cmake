# Needs holdfast_store_fakes of test/contract/store.cmake and test_support.
include(${CMAKE_CURRENT_LIST_DIR}/amqp_support.cmake)

add_executable(cli_doctor_test
  ${CMAKE_CURRENT_LIST_DIR}/cli_doctor_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_letters_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cli_fixture.cc)
target_compile_definitions(cli_doctor_test PRIVATE
  SLOW_SUM="$<TARGET_FILE:slow_sum>"
  HOLDFAST_PROGRAM="$<TARGET_FILE:holdfast>")
target_link_libraries(cli_doctor_test PRIVATE
  test_support amqp_test_support holdfast_store_fakes nlohmann_json::nlohmann_json
  GTest::gtest_main holdfast_warnings)
add_dependencies(cli_doctor_test slow_sum holdfast)
gtest_discover_tests(cli_doctor_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
