# Ordinary trouble as a person meets it: each script plays one case with the released program and says
# what it saw. What several of them need is in lib.sh.
file(GLOB case_scripts CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.sh)
list(REMOVE_ITEM case_scripts ${CMAKE_CURRENT_LIST_DIR}/lib.sh)
foreach(script IN LISTS case_scripts)
  cmake_path(GET script STEM case)
  add_test(NAME case.${case} COMMAND bash ${script})
  set_tests_properties(case.${case} PROPERTIES TIMEOUT 180)
endforeach()
