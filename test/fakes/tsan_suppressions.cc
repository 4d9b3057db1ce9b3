// What the thread sanitizer reports without reason. Add this file itself to a test program: out of
// a library the linker would not take it.
#if defined(__SANITIZE_THREAD__)

extern "C" const char* __tsan_default_suppressions();

// The resolver's configuration is guarded by a lock inside the C library, OpenSSL's shared objects
// by reference counts: both are compiled without the sanitizer, which cannot see them.
extern "C" const char* __tsan_default_suppressions() {
  return "race:__libc_dynarray_emplace_enlarge\n"
         "race:__resolv_conf_attach\n"
         "called_from_lib:libcrypto.so\n"
         "called_from_lib:libssl.so\n";
}

#endif
