#include "letter_picture.h"
#include "letter_data.h"

#define PICTURE "@seal" /* among a letter's inputs; no field can be named so */

static const struct fault *read_picture(struct db *db, struct cell which, struct letter_picture *out,
                                        TALLOC_CTX *life)
{
    struct table *t = NULL;
    *out = (struct letter_picture){0};
    TRY(db_query(db, Q_SEAL_PICTURE, &which, &t, life));
    if (!t->row_count)
        return NULL;
    const struct cell *png = table_cell(t, 0, "png");
    out->number = table_int(t, 0, "number", 0);
    out->seal =
        (struct letter_seal){png->bytes.data, png->bytes.length, (int)table_int(t, 0, "millimetres", 42)};
    return NULL;
}

const struct fault *letter_picture_now(struct db *db, const struct letter *letter, struct letter_picture *out,
                                       TALLOC_CTX *life)
{
    *out = (struct letter_picture){0};
    for (size_t i = 0; i < letter->block_count; i++)
        if (letter->blocks[i].kind == LETTER_BLOCK_SIGN)
            return read_picture(db, cell_null(CELL_INT), out, life);
    return NULL;
}

const struct fault *letter_picture_of(struct db *db, const json_t *inputs, struct letter_picture *out,
                                      TALLOC_CTX *life)
{
    int64_t number = json_integer_value(json_object_get(inputs, PICTURE));
    *out = (struct letter_picture){0};
    if (!number)
        return NULL;
    TRY(read_picture(db, cell_int(number), out, life));
    return out->number ? NULL
                       : fault_new(life, FAULT_BROKEN, "LETTER_PICTURE",
                                   "the seal's picture %lld is not in the store", (long long)number);
}

const struct fault *letter_picture_put(const struct letter_picture *picture, json_t *inputs)
{
    return picture->number ? letter_put(inputs, PICTURE, json_integer(picture->number)) : NULL;
}

const struct letter_seal *letter_picture_seal(const struct letter_picture *picture)
{
    return picture->number ? &picture->seal : NULL;
}
