/* office.c - what the services need, loaded once at start. */
#include <sodium.h>
#include <string.h>
#include "calendars.h"
#include "configuration.h"
#include "life.h"
#include "office.h"
#include "share.h"
#include "text.h"

#define EDITION_LIMIT (4u << 20)
#define DIGITS        12

static const struct fault *load_law(TALLOC_CTX *life, const char *file, struct law *law)
{
    law->file = talloc_asprintf(life, "workflow/editions/%s", file);
    TRY_MEMORY(law->file);
    char *bytes = NULL;
    size_t length = 0;
    TRY(share_read(life, law->file, EDITION_LIMIT, &bytes, &length));
    uint8_t digest[CRYPT_HASH];
    crypt_sha256(bytes, length, digest);
    law->sha256 = text_hex(life, digest, sizeof digest);
    TRY_MEMORY(law->sha256);
    law->version = talloc_strndup(life, law->sha256, DIGITS);
    TRY_MEMORY(law->version);
    TRY(edition_read(life, law->file, bytes, length, &law->edition));
    return calendars_load(life, law->edition->calendar, CIVIL_NONE, NULL, &law->calendar,
                          &law->calendar_version);
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
    office->imported = talloc_zero(office, int64_t);
    TRY_MEMORY(office->imported);
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

const struct law *office_law_of(const struct office *office, const char *sha256)
{
    for (size_t i = 0; i < office->law_count; i++)
        if (text_same(office->laws[i].sha256, sha256))
            return &office->laws[i];
    return NULL;
}

const struct fault *office_imported(struct db *db, const struct office *office, int64_t last,
                                    TALLOC_CTX *life)
{
    struct table *layers = NULL;
    if (last <= *office->imported)
        return NULL;
    TRY(db_query(db, Q_CALENDAR_LAYERS, NULL, &layers, life));
    for (size_t i = 0; i < office->law_count; i++) {
        struct law *law = &office->laws[i];
        const struct calendar *calendar = NULL;
        const char *version = NULL;
        TRY(calendars_load((TALLOC_CTX *)(uintptr_t)office, law->edition->calendar, CIVIL_NONE, layers,
                           &calendar, &version));
        law->calendar = calendar;
        law->calendar_version = version;
    }
    *office->imported = last;
    return NULL;
}
