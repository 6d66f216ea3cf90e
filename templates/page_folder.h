/* page_folder.h - all page templates and translations of one folder, read into memory at start. */
#ifndef MINGDA_PAGE_FOLDER_H
#define MINGDA_PAGE_FOLDER_H

#include "page.h"

struct page_folder;

/* Reads FOLDER/pages/NAME.xml and FOLDER/po/en.po (`folder` is "templates" of the share). Everything lives on
 * `life`. Faults: PAGE_FOLDER (FAULT_BROKEN) when a file cannot be read, those of translation_read. */
const struct fault *page_folder_read(TALLOC_CTX *life, const char *folder, const struct page_folder **out);

/* Fills `find`, `find_arg` and `translations` of *world; `route` and `route_arg` are left to the caller. */
void page_folder_into(const struct page_folder *folder, struct page_world *world);
/* Names of the templates in it, sorted, without ".xml". */
size_t page_folder_count(const struct page_folder *folder);
const char *page_folder_name(const struct page_folder *folder, size_t i);
#endif
