/* sheets.c - internal sheets, printed from the facts. */
#include <string.h>
#include "inside.h"
#include "letter_check.h"
#include "letter_data.h"
#include "life.h"
#include "text.h"

static bool is_there(const struct sheet *all, size_t count, const struct letter_kind *kind, const char *child)
{
    for (size_t i = 0; i < count; i++)
        if (all[i].kind == kind && text_same(all[i].child, child))
            return true;
    return false;
}

const struct fault *office_sheets(const struct dossier *d, const struct sheet **out, size_t *count,
                                  TALLOC_CTX *life)
{
    const struct edition *e = d->law->edition;
    size_t children_count = 0, most = 0;
    const struct standing_child *children = standing_children(d->standing, &children_count);
    for (size_t i = 0; i < e->letter_count; i++)
        most += e->letters[i].sheet_count * (children_count + 1);
    struct sheet *all = talloc_zero_array(life, struct sheet, most + 1);
    TRY_MEMORY(all);
    *count = 0;
    for (size_t i = 0; i < e->letter_count; i++)
        for (size_t w = 0; w < e->letters[i].sheet_count; w++) {
            const struct letter_kind *kind = &e->letters[i];
            const struct event_kind *k = edition_event(e, kind->sheet[w]);
            if (!k->child && standing_fact(d->standing, k->name, NULL) && !is_there(all, *count, kind, NULL))
                all[(*count)++] = (struct sheet){kind, NULL};
            for (size_t c = 0; k->child && c < children_count; c++)
                if (children[c].kind == k->child && standing_fact(d->standing, k->name, children[c].id) &&
                    !is_there(all, *count, kind, children[c].id))
                    all[(*count)++] = (struct sheet){kind, children[c].id};
        }
    *out = all;
    return NULL;
}

const struct fault *office_sheet(struct db *db, const struct office *office, const struct dossier *d,
                                 const char *code, const char *child, const char *format,
                                 const uint8_t **bytes, size_t *length, TALLOC_CTX *life)
{
    static const struct {
        const char *word;
        enum letter_format format;
    } FORMATS[] = {{"odt", LETTER_ODT}, {"docx", LETTER_DOCX}, {"html", LETTER_HTML}};
    const struct sheet *all = NULL;
    const struct letter_kind *kind = edition_letter(d->law->edition, code);
    size_t count = 0, f = 0;
    TRY(office_sheets(d, &all, &count, life));
    while (f < 3 && !text_same(FORMATS[f].word, format))
        f++;
    if (!kind || f == 3 || !is_there(all, count, kind, child))
        return fault_new(life, FAULT_ABSENT, "SHEET_ABSENT", "no such sheet can be printed now");
    struct letter_template *t = NULL;
    struct letter *letter = NULL;
    json_t *data = NULL;
    TRY(letter_template_on(db, office, code, d->today, &t, life));
    TRY(letter_data(db, d, code, child, NULL, &data, life));
    TRY(letter_check_fault(t, code, letter_compose(t, data, life, &letter), life));
    return letter_write(letter, FORMATS[f].format, NULL, life, bytes, length);
}
