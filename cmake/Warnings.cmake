# GCC 12 believes, wrongly, that strings overlap themselves once -O3 has inlined them.
set(detloss_before_gcc13 $<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>)

# detloss_warnings: linked PRIVATE by our own code, never by generated code.
add_library(detloss_warnings INTERFACE)
target_compile_options(detloss_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -Wcast-align -Wdouble-promotion -Wimplicit-fallthrough
  -Wextra-semi $<$<AND:${detloss_before_gcc13},$<CONFIG:Release>>:-Wno-restrict>
  $<$<BOOL:${DETLOSS_WERROR}>:-Werror>)
