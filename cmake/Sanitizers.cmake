# Instruments everything that is built here with the sanitizers of DETLOSS_SANITIZE, and for
# libFuzzer where DETLOSS_FUZZ says so.
if(DETLOSS_SANITIZE)
  list(JOIN DETLOSS_SANITIZE "," sanitizers)
  add_compile_options(-fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${sanitizers})
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  if("thread" IN_LIST DETLOSS_SANITIZE)
    # Fences in the headers of Abseil are invisible to it, and it says so.
    add_compile_options(-Wno-tsan)
  endif()
endif()
if(DETLOSS_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
