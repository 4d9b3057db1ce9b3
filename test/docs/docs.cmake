add_executable(docs_test
  ${CMAKE_CURRENT_LIST_DIR}/../fault/fleet_fixture.cc
  ${CMAKE_CURRENT_LIST_DIR}/docs_page.cc
  ${CMAKE_CURRENT_LIST_DIR}/ffmpeg_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/gromacs_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/inputs_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/page_fixture.cc
  ${CMAKE_CURRENT_LIST_DIR}/wrap_test.cc)
target_compile_definitions(docs_test PRIVATE
  SLOW_SUM="$<TARGET_FILE:slow_sum>"
  SOURCE_FOLDER="${PROJECT_SOURCE_DIR}")
target_link_libraries(docs_test PRIVATE
  test_support holdfast_adapter_local holdfast_adapter_layout holdfast_adapter_s3 holdfast_core GTest::gtest_main
  holdfast_warnings)
add_dependencies(docs_test slow_sum)
# How long the programs need depends on what else runs.
gtest_discover_tests(docs_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 1200)

foreach(page groups results retention looking operations elsewhere notify_fleet python readme)
  add_test(NAME docs.${page} COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/${page}.sh)
  set_tests_properties(docs.${page} PROPERTIES TIMEOUT 300
    ENVIRONMENT "HOLDFAST_TEST_SLOW_SUM=$<TARGET_FILE:slow_sum>")
endforeach()
add_test(NAME docs.every_command_is_run_by_a_test
  COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/every_command.sh)

add_test(NAME docs.quickstart_and_tutorial COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/quickstart.sh)
set_tests_properties(docs.quickstart_and_tutorial PROPERTIES TIMEOUT 300)

add_test(NAME docs.notifications COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/notifications.sh)
set_tests_properties(docs.notifications PROPERTIES TIMEOUT 300)

add_test(NAME docs.troubleshooting_explains_what_the_program_says
  COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/troubleshooting.sh)

add_test(NAME docs.commands_are_those_of_the_program
  COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/commands.sh)

# Each page is in the site, and each link between pages leads somewhere.
add_test(NAME docs.site COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/site.sh)
