add_executable(fleet_cloud_test
  ${CMAKE_CURRENT_LIST_DIR}/autoscale_cli_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/closed_loop_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/deploy_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/fake_salad.cc
  ${CMAKE_CURRENT_LIST_DIR}/saladcloud_page_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/../docs/docs_page.cc
  ${CMAKE_CURRENT_LIST_DIR}/../fault/fleet_fixture.cc)
target_include_directories(fleet_cloud_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/../fault)
target_compile_definitions(fleet_cloud_test PRIVATE
  SLOW_SUM="$<TARGET_FILE:slow_sum>"
  SOURCE_FOLDER="${PROJECT_SOURCE_DIR}"
  FAKE_SALAD="${CMAKE_CURRENT_LIST_DIR}/fake_salad.py"
  FORWARD="${CMAKE_CURRENT_LIST_DIR}/forward.py"
  SALAD_API="${CMAKE_CURRENT_LIST_DIR}/salad-cloud-openapi.yaml")
target_link_libraries(fleet_cloud_test PRIVATE
  test_support holdfast_adapter_http holdfast_adapter_local holdfast_adapter_layout holdfast_adapter_s3
  nlohmann_json::nlohmann_json holdfast_core GTest::gmock_main holdfast_warnings)
add_dependencies(fleet_cloud_test slow_sum)
gtest_discover_tests(fleet_cloud_test DISCOVERY_TIMEOUT 60
  PROPERTIES TIMEOUT 400 RUN_SERIAL TRUE)

add_test(NAME fleet.wrong_requests_to_saladcloud_are_found
  COMMAND /usr/bin/python3 -B ${CMAKE_CURRENT_LIST_DIR}/api_description_test.py)
set_tests_properties(fleet.wrong_requests_to_saladcloud_are_found PROPERTIES TIMEOUT 60)
