holdfast_room(adapter_directory
  SOURCES directory_store.cc directory_temporary.cc directory_walk.cc
  LINKS holdfast_base)
