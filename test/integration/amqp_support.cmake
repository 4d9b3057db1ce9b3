include_guard(GLOBAL)

add_library(amqp_test_support STATIC
  ${CMAKE_CURRENT_LIST_DIR}/amqp_hand.cc
  ${CMAKE_CURRENT_LIST_DIR}/../fakes/fault_proxy.cc)
target_include_directories(amqp_test_support PUBLIC ${CMAKE_CURRENT_LIST_DIR}/..)
target_link_libraries(amqp_test_support PUBLIC holdfast_adapter_amqp PRIVATE holdfast_warnings)
