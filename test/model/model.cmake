# The ownership protocol as a model: every history is tried (docs/model.md), and the same with
# faults planted in the protocol, which must be found.
function(model_test name)
  add_test(NAME model.${name} COMMAND bash ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/check.sh ${ARGN})
  set_tests_properties(model.${name} PROPERTIES TIMEOUT 900)
endfunction()

model_test(every_history_keeps_the_promises safety holds)
model_test(the_job_ends ending holds)
foreach(fault NO_FENCE UNCONDITIONAL_CREATE LOST_ANSWER_NOT_READ_BACK ACKNOWLEDGED_BEFORE_RENEWED
    ACKNOWLEDGED_BEFORE_COMPLETED PUBLISHED_BEFORE_COMPLETED NOT_PUBLISHED_AGAIN
    EXIT_0_OF_A_STOPPED_PROGRAM_COUNTS STEP_BACK_FORGOTTEN
    SETTLED_BY_AN_OLD_READING FORMER_RESULT_KEPT SECOND_MESSAGE_NOT_NOTICED ANY_LETTER_REMOVED)
  string(TOLOWER ${fault} name)
  model_test(finds_${name} safety found -D${fault})
endforeach()
model_test(finds_settled_by_any_end safety found -DSETTLED_BY_ANY_END -DFAULTS=3)
model_test(finds_patient_for_ever ending found -DPATIENT_FOR_EVER)
