# What `cmake --install` puts where: the libraries with their headers, the API, the programs, and
# what find_package(detloss) reads.
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/detloss")

set_target_properties(detloss_proto PROPERTIES EXPORT_NAME proto)
set_target_properties(detloss_rpc_proto PROPERTIES EXPORT_NAME rpc_proto)
set_target_properties(detloss_common PROPERTIES EXPORT_NAME common)

# One export for each component, so that the core alone needs no gRPC.
install(TARGETS detloss_core EXPORT detloss-core FILE_SET HEADERS)
install(TARGETS detloss_proto detloss_rpc_proto EXPORT detloss-proto)
install(TARGETS detloss_client detloss_common EXPORT detloss-client FILE_SET HEADERS)
foreach(component core proto client)
  install(EXPORT detloss-${component} FILE detloss-${component}-targets.cmake NAMESPACE detloss::
    DESTINATION "${package_dir}")
endforeach()

# The API for C++, and its source for other languages. The messages of google.rpc have headers of
# their own in many places and are not ours to install.
install(DIRECTORY "${PROJECT_BINARY_DIR}/proto/generated/detloss"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/proto/detloss"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.proto")

install(TARGETS detloss)

configure_package_config_file(cmake/detloss-config.cmake.in
  "${PROJECT_BINARY_DIR}/detloss-config.cmake" INSTALL_DESTINATION "${package_dir}")
# Before 1.0 a minor version may break.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/detloss-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/detloss-config.cmake"
  "${PROJECT_BINARY_DIR}/detloss-config-version.cmake" DESTINATION "${package_dir}")
