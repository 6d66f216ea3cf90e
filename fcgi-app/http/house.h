/* house.h - what a process of ours has loaded and never changes while it serves: settings, pages, keys,
 * editions. Made before the workers are forked; shared by them read-only. */
#ifndef MINGDA_HOUSE_H
#define MINGDA_HOUSE_H

#include <stdint.h>
#include "fault.h"
#include "settings.h"

struct office;
struct seal_file;
struct page_set;
struct counters;

struct house {
    const struct settings *settings;
    const struct page_set *pages;
    struct office *office; /* editions, calendars, letters: what the services need */
    struct counters *counters;
    const struct seal_file *roots; /* PEM texts that the page /verify trusts */
    size_t root_count;
    const struct seal_file *stamp_roots; /* whom it believes timestamps */
    size_t stamp_root_count;
    uint8_t key[32]; /* for CSRF tokens, visitors and tickets */
};

#endif
