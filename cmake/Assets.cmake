# embed_assets(TARGET NAMESPACE BASE FOLDER FILES file… [DEPENDS file…])
#
# Puts files into the program, gzip-compressed, and generates the header "generated/NAMESPACE.h" with
#
#   namespace dmw::NAMESPACE {
#   struct Asset { std::string_view path, content_type, gzip_bytes, etag; };
#   std::span<const Asset> assets();
#   const Asset* find_asset(std::string_view path);   // nullptr when there is none
#   }
#
# `path` is the file's path below FOLDER without a leading slash; `etag` is quoted, as RFC 9110 §8.8.3 wants it. FILES may
# be made by other rules of the build.
#
# The target `generated` makes them all, for those who read the sources without building them.
add_custom_target(generated)

function(embed_assets TARGET NAMESPACE)
  cmake_parse_arguments(EMBED "" "BASE" "FILES;DEPENDS" ${ARGN})
  set(out "${CMAKE_CURRENT_BINARY_DIR}/assets/${NAMESPACE}")
  set(inputs ${EMBED_FILES})
  list(TRANSFORM inputs PREPEND "${EMBED_BASE}/")
  set(script "${PROJECT_SOURCE_DIR}/cmake/embed_assets.cmake")
  add_custom_command(
    OUTPUT "${out}/${NAMESPACE}.cc" "${out}/generated/${NAMESPACE}.h"
    COMMAND "${CMAKE_COMMAND}" "-DNAMESPACE=${NAMESPACE}" "-DBASE=${EMBED_BASE}" "-DFILES=${EMBED_FILES}" "-DOUT=${out}"
            -P "${script}"
    DEPENDS ${inputs} ${EMBED_DEPENDS} "${script}"
    COMMENT "Compressing the assets ${NAMESPACE}"
    VERBATIM)
  add_custom_target(${NAMESPACE}_assets DEPENDS "${out}/generated/${NAMESPACE}.h")
  add_dependencies(generated ${NAMESPACE}_assets)
  target_sources(${TARGET} PRIVATE "${out}/${NAMESPACE}.cc" "${out}/generated/${NAMESPACE}.h")
  target_include_directories(${TARGET} PUBLIC "${out}")
endfunction()
