/* letter_seal_picture.c - `mingda letter seal-picture`: the picture of an agency's seal for its letters. */
#include <string.h>
#include "db.h"
#include "desk.h"
#include "letter_files.h"
#include "life.h"
#include "share.h"
#include "text.h"

enum { SEAL_LIMIT = 256 << 10 };

const struct fault *letter_files_seal(TALLOC_CTX *life, const char *path, int millimetres,
                                      struct letter_seal *out)
{
    static const uint8_t SIGNATURE[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    char *bytes;
    size_t length;
    TRY(share_read_file(life, path, SEAL_LIMIT, &bytes, &length));
    if (length < sizeof SIGNATURE || memcmp(bytes, SIGNATURE, sizeof SIGNATURE) != 0)
        return fault_new(life, FAULT_INPUT, "SEAL_PICTURE", "%s: not a PNG picture", path);
    *out = (struct letter_seal){(const uint8_t *)bytes, length, millimetres};
    return NULL;
}

static const struct fault *add(int64_t agency, const struct letter_seal *seal, TALLOC_CTX *life)
{
    const struct settings *settings = NULL;
    struct db *db = NULL;
    struct table *t = NULL;
    TRY(desk_open(life, "owner", &settings, &db));
    const struct cell params[] = {cell_int(agency), cell_bytes(seal->png, seal->length),
                                  cell_int(seal->millimetres)};
    TRY(db_query(db, Q_SEAL_PICTURE_ADD, params, &t, life));
    return desk_print(json_pack("{s:I,s:I,s:i}", "agency", (json_int_t)agency, "number",
                                (json_int_t)table_int(t, 0, "number", 0), "millimetres", seal->millimetres));
}

int letter_seal_picture(int argc, char **argv)
{
    SCOPED_LIFE(life);
    int64_t agency = 0, size = 42;
    struct letter_seal seal = {0};
    if (argc < 3 || argc > 4 || !text_to_int(argv[1], 1, INT32_MAX, &agency) ||
        (argc == 4 && !text_to_int(argv[3], 42, 45, &size)) || (size != 42 && size != 45)) {
        fputs("usage: mingda letter seal-picture AGENCY PICTURE.png [42|45]\n"
              "       the picture that the agency's letters bear from now on, and its size in millimetres\n",
              stderr);
        return 2;
    }
    const struct fault *f = letter_files_seal(life, argv[2], (int)size, &seal);
    if (!f)
        f = add(agency, &seal, life);
    return f ? desk_fail("letter seal-picture", f) : 0;
}
