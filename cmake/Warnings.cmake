# detloss_warnings: linked PRIVATE by our own code, never by generated code.
add_library(detloss_warnings INTERFACE)
target_compile_options(detloss_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -Wcast-align -Wdouble-promotion -Wimplicit-fallthrough
  -Wextra-semi $<$<BOOL:${DETLOSS_WERROR}>:-Werror>)
