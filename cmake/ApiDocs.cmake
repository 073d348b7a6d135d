# embed_api_docs(TARGET): the bundles of Swagger UI and Redoc as assets of TARGET, in "generated/api_docs.h":
# swagger-ui-bundle.js, swagger-ui.css, redoc.standalone.js. web/api-docs/packages.txt pins them.
include(Assets)

function(embed_api_docs TARGET)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/api-docs")
  set(files swagger-ui-bundle.js swagger-ui.css redoc.standalone.js)
  set(made ${files})
  list(TRANSFORM made PREPEND "${out}/")
  set(pins "${PROJECT_SOURCE_DIR}/web/api-docs/packages.txt")
  set(script "${PROJECT_SOURCE_DIR}/cmake/fetch_api_docs.cmake")
  add_custom_command(
    OUTPUT ${made}
    COMMAND "${CMAKE_COMMAND}" "-DPINS=${pins}" "-DOUT=${out}" "-DFILES=${files}" -P "${script}"
    DEPENDS "${pins}" "${script}"
    COMMENT "Fetching Swagger UI and Redoc"
    VERBATIM)
  embed_assets(${TARGET} api_docs BASE "${out}" FILES ${files})
endfunction()
