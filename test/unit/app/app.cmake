add_executable(app_test
  ${CMAKE_CURRENT_LIST_DIR}/amount_text_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/command_line_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/config_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/duration_text_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/environment_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/fleet_config_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/folder_lock_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/job_output_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/run_hints_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/management_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/overview_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/run_board_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/saladcloud_page_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/setup_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/table_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/wiring_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/../../docs/docs_page.cc
  ${CMAKE_CURRENT_LIST_DIR}/../../fakes/memory_store.cc
  ${CMAKE_CURRENT_LIST_DIR}/../../fakes/scripted_http_server.cc)
target_include_directories(app_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/../..)
target_compile_definitions(app_test PRIVATE SOURCE_FOLDER="${PROJECT_SOURCE_DIR}")
target_link_libraries(app_test PRIVATE holdfast_app GTest::gtest_main holdfast_warnings)
gtest_discover_tests(app_test DISCOVERY_TIMEOUT 60)
