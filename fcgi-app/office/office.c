/* office.c - what the services need, loaded once at start. */
#include <sodium.h>
#include <string.h>
#include "configuration.h"
#include "life.h"
#include "office.h"
#include "share.h"
#include "text.h"

#define EDITION_LIMIT  (4u << 20)
#define CALENDAR_LIMIT (2u << 20)

static const char *short_digest(TALLOC_CTX *life, const char *bytes, size_t length)
{
    uint8_t digest[CRYPT_HASH];
    crypt_sha256(bytes, length, digest);
    return text_hex(life, digest, 6);
}

/* The published file NAME.csv and the provisional ones NAME-*.csv, as layers. */
static const struct fault *load_calendar(TALLOC_CTX *life, const char *name, struct law *law)
{
    const char **files = NULL;
    size_t count = 0, used = 0;
    TRY(share_list(life, "workflow/calendars", ".csv", &files, &count));
    struct calendar_source *layers = talloc_zero_array(life, struct calendar_source, count + 1);
    struct text *all = text_new(life, CALENDAR_LIMIT);
    TRY_MEMORY(layers);
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(name);
        if (strncmp(files[i], name, n) != 0 || (files[i][n] != '.' && files[i][n] != '-'))
            continue;
        const char *path = talloc_asprintf(life, "workflow/calendars/%s", files[i]);
        char *bytes = NULL;
        TRY_MEMORY(path);
        TRY(share_read(life, path, CALENDAR_LIMIT, &bytes, &n));
        text_add_n(all, bytes, n);
        layers[used++] =
            (struct calendar_source){files[i], bytes, n, strstr(files[i], "provisional") != NULL};
    }
    if (!used)
        return fault_new(life, FAULT_BROKEN, "CALENDAR_ABSENT",
                         "workflow/calendars/%s.csv: there is no such calendar", name);
    const char *bytes = NULL;
    size_t length = 0;
    TRY(text_end(all, &bytes, &length));
    law->calendar_version = short_digest(life, bytes, length);
    TRY_MEMORY(law->calendar_version);
    return calendar_read(life, name, layers, used, CIVIL_NONE, &law->calendar);
}

static const struct fault *load_law(TALLOC_CTX *life, const char *file, struct law *law)
{
    law->file = talloc_asprintf(life, "workflow/editions/%s", file);
    TRY_MEMORY(law->file);
    char *bytes = NULL;
    size_t length = 0;
    TRY(share_read(life, law->file, EDITION_LIMIT, &bytes, &length));
    law->version = short_digest(life, bytes, length);
    TRY_MEMORY(law->version);
    TRY(edition_read(life, law->file, bytes, length, &law->edition));
    return load_calendar(life, law->edition->calendar, law);
}

static const struct fault *load_laws(TALLOC_CTX *life, struct office *office)
{
    const char **files = NULL;
    size_t count = 0;
    TRY(share_list(life, "workflow/editions", ".scxml", &files, &count));
    struct law *laws = talloc_zero_array(life, struct law, count + 1);
    TRY_MEMORY(laws);
    for (size_t i = 0; i < count; i++)
        TRY(load_law(life, files[i], &laws[i]));
    office->laws = laws;
    office->law_count = count;
    return NULL;
}

static const struct fault *load_master(TALLOC_CTX *life, const struct settings *settings,
                                       const struct master_key **out)
{
    uint8_t key[32];
    char hex[65];
    struct master_key *master = NULL;
    TRY(configuration_secret(life, settings, "office.master-key", key, sizeof key));
    sodium_bin2hex(hex, sizeof hex, key, sizeof key);
    sodium_memzero(key, sizeof key);
    const struct fault *f = crypt_master(life, hex, 64, &master);
    sodium_memzero(hex, sizeof hex);
    *out = master;
    return f;
}

const struct fault *office_open(TALLOC_CTX *life, const struct settings *settings, struct office **out)
{
    struct office *office = talloc_zero(life, struct office);
    TRY_MEMORY(office);
    office->settings = settings;
    TRY(load_laws(office, office));
    TRY(load_master(office, settings, &office->master));
    TRY(letter_reader_new(office, &office->reader));
    *out = office;
    return NULL;
}

const struct law *office_law(const struct office *office, const char *edition)
{
    for (size_t i = 0; i < office->law_count; i++)
        if (text_same(office->laws[i].edition->code, edition))
            return &office->laws[i];
    return NULL;
}
