# Ordinary trouble as a person meets it: each script plays one case with the released program and says
# what it saw. What several of them need is in lib.sh.
file(GLOB case_scripts CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.sh)
list(REMOVE_ITEM case_scripts ${CMAKE_CURRENT_LIST_DIR}/lib.sh)
foreach(script IN LISTS case_scripts)
  cmake_path(GET script STEM case)
  add_test(NAME case.${case} COMMAND bash ${script})
  set_tests_properties(case.${case} PROPERTIES TIMEOUT 180)
endforeach()

# The same on RabbitMQ 4.0.
foreach(case forget-killed notify-fleet)
  add_test(NAME case.${case}-on-4 COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/${case}.sh)
  set_tests_properties(case.${case}-on-4 PROPERTIES TIMEOUT 360 ENVIRONMENT "HOLDFAST_CASE_BROKER=4")
endforeach()

# It is loaded into the program, which for that must not be static.
add_library(fail_a_call MODULE ${CMAKE_CURRENT_LIST_DIR}/fail_a_call.cc)
target_link_libraries(fail_a_call PRIVATE ${CMAKE_DL_LIBS})
set_tests_properties(case.resources-run-out PROPERTIES TIMEOUT 1200 ENVIRONMENT
  "HF=$<TARGET_FILE:holdfast>;HOLDFAST_TEST_FAIL_A_CALL=$<TARGET_FILE:fail_a_call>")
