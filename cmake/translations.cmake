# Translations of page templates. The program reads templates/po/en.po as it is; gettext's tools only help the people:
# `cmake --build BUILD --target messages` collects the texts of the pages and merges them into the .po file, and a test lets
# msgfmt judge it.
add_executable(page-messages EXCLUDE_FROM_ALL templates/generator/page_messages.c)
target_include_directories(page-messages PRIVATE templates base)
target_link_libraries(page-messages PRIVATE templates base)

file(GLOB PAGE_TEMPLATES CONFIGURE_DEPENDS templates/pages/*.xml)
add_custom_target(messages
  COMMAND page-messages ${PAGE_TEMPLATES} > ${CMAKE_BINARY_DIR}/pages.pot
  COMMAND msgmerge --quiet --update --no-fuzzy-matching --backup=none --no-wrap
          ${CMAKE_SOURCE_DIR}/templates/po/en.po ${CMAKE_BINARY_DIR}/pages.pot
  VERBATIM
  COMMENT "Collecting the texts of the pages into templates/po/en.po")

find_program(MSGFMT msgfmt)
if(MSGFMT AND BUILD_TESTING)
  add_test(NAME unit-translations
    COMMAND ${MSGFMT} --check --output-file=/dev/null ${CMAKE_SOURCE_DIR}/templates/po/en.po)
endif()
