#include <string.h>
#include "calendars.h"
#include "crypt.h"
#include "share.h"
#include "text.h"

#define CALENDAR_LIMIT (2u << 20)

/* "cn" has "cn.csv" and "cn-2027-provisional.csv", not "cnx.csv". */
static bool is_layer_of(const char *file, const char *name)
{
    size_t n = strlen(name);
    return strncmp(file, name, n) == 0 && (file[n] == '.' || file[n] == '-');
}

static const struct fault *read_layer(TALLOC_CTX *life, const char *file, struct calendar_source *layer)
{
    char *bytes = NULL;
    layer->name = talloc_asprintf(life, "workflow/calendars/%s", file);
    TRY_MEMORY(layer->name);
    TRY(share_read(life, layer->name, CALENDAR_LIMIT, &bytes, &layer->length));
    layer->bytes = bytes;
    layer->provisional = strstr(file, "provisional") != NULL;
    return NULL;
}

static const struct fault *version_of(TALLOC_CTX *life, const struct calendar_source *layers, size_t count,
                                      const char **version)
{
    struct text *all = text_new(life, CALENDAR_LIMIT);
    uint8_t digest[CRYPT_HASH];
    const char *bytes = NULL;
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        text_add_n(all, layers[i].bytes, layers[i].length);
    TRY(text_end(all, &bytes, &length));
    crypt_sha256(bytes, length, digest);
    *version = text_hex(life, digest, 6);
    return *version ? NULL : fault_memory();
}

/* What was imported into the store, over the files: rows with columns name, version, bytes. */
static void add_imported(TALLOC_CTX *life, const struct table *imported, const char *name,
                         struct calendar_source *layers, size_t *used)
{
    for (size_t i = 0; imported && i < imported->row_count; i++) {
        const struct cell *bytes = table_cell(imported, i, "bytes");
        if (strcmp(table_text(imported, i, "name"), name) != 0)
            continue;
        layers[(*used)++] =
            (struct calendar_source){.name = talloc_strdup(life, table_text(imported, i, "version")),
                                     .bytes = (const char *)bytes->bytes.data,
                                     .length = bytes->bytes.length};
    }
}

const struct fault *calendars_load(TALLOC_CTX *life, const char *name, struct civil known,
                                   const struct table *imported, const struct calendar **out,
                                   const char **version)
{
    const char **files = NULL;
    size_t count = 0, used = 0;
    TRY(share_list(life, "workflow/calendars", ".csv", &files, &count));
    struct calendar_source *layers =
        talloc_zero_array(life, struct calendar_source, count + 1 + (imported ? imported->row_count : 0));
    TRY_MEMORY(layers);
    for (size_t i = 0; i < count; i++)
        if (is_layer_of(files[i], name))
            TRY(read_layer(life, files[i], &layers[used++]));
    if (!used)
        return fault_new(life, FAULT_INPUT, "CALENDAR_ABSENT", "there is no calendar %s", name);
    add_imported(life, imported, name, layers, &used);
    if (version)
        TRY(version_of(life, layers, used, version));
    return calendar_read(life, name, layers, used, known, out);
}
