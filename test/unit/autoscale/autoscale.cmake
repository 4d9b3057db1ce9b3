add_executable(autoscale_test
  ${CMAKE_CURRENT_LIST_DIR}/autoscaler_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/command_fleet_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/deployment_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/salad_api_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/salad_json_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/scale_in_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/../../fakes/scripted_http_server.cc)
target_include_directories(autoscale_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/../..)
target_compile_definitions(autoscale_test PRIVATE
  KUBERNETES_FLEET="${PROJECT_SOURCE_DIR}/examples/kubernetes_fleet.sh")
target_link_libraries(autoscale_test PRIVATE
  holdfast_autoscale holdfast_adapter_salad holdfast_adapter_command_fleet holdfast_adapter_local
  holdfast_core GTest::gmock_main holdfast_warnings)
gtest_discover_tests(autoscale_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
