# python/holdfast.py under Debian's Python and torch, each class a test of its own.
set(holdfast_module ${PROJECT_SOURCE_DIR}/python)
foreach(class Run Checkpoint NewestComplete Rehearse Training Program Guide)
  add_test(NAME python.${class}Test
    COMMAND ${CMAKE_COMMAND} -E env PYTHONPATH=${holdfast_module} PYTHONDONTWRITEBYTECODE=1
      /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/holdfast_test.py ${class}Test)
  set_tests_properties(python.${class}Test PROPERTIES TIMEOUT 600)
endforeach()
