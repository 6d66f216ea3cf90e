/* shown_sheets.c - internal sheets of a dossier: which can be printed now, and one of them as a file. */
#include <string.h>
#include "life.h"
#include "shown.h"
#include "text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct column SHEET_COLUMNS[] = {
    {"label", CELL_TEXT, false}, {"child", CELL_TEXT, true}, {"file", CELL_TEXT, false}};

static const struct fault *show_sheets(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = table_new(ex->life, SHEET_COLUMNS, COUNT(SHEET_COLUMNS));
    const struct sheet *all = NULL;
    size_t count = 0;
    TRY_MEMORY(t);
    TRY(shown_open(ex, &s));
    TRY(office_sheets(s->d, &all, &count, ex->life));
    for (size_t i = 0; i < count; i++) {
        struct cell *row = table_add_row(t);
        const char *child = all[i].child;
        const char *file =
            talloc_asprintf(ex->life, "%s%s%s", all[i].kind->code, child ? "-" : "", child ? child : "");
        TRY_MEMORY(row && file ? row : NULL);
        row[0] = cell_text(shown_say(ex, all[i].kind->label));
        row[1] = cell_text(shown_child(ex, s->d, child));
        row[2] = cell_text(file);
    }
    *out = t;
    return NULL;
}
const struct provider SHOW_SHEETS = {{"sheets", SHEET_COLUMNS, COUNT(SHEET_COLUMNS), false, NULL, 0},
                                     show_sheets};

/* "I03.odt", "S01-L2.docx" */
const struct fault *send_sheet(struct exchange *ex)
{
    struct shown *s = NULL;
    const char *file = exchange_parameter(ex, "file"), *dot = strrchr(file, '.');
    const char *stem = talloc_strndup(ex->life, file, dot ? (size_t)(dot - file) : strlen(file));
    const uint8_t *bytes = NULL;
    size_t length = 0;
    TRY_MEMORY(stem);
    TRY(shown_open(ex, &s));
    bool odt = dot && strcmp(dot, ".odt") == 0, docx = dot && strcmp(dot, ".docx") == 0;
    if (!odt && !docx)
        return fault_new(ex->life, FAULT_ABSENT, "SHEET_ABSENT", "a sheet is a file .odt or .docx");
    const char *dash = strchr(stem, '-');
    const char *code = talloc_strndup(ex->life, stem, dash ? (size_t)(dash - stem) : strlen(stem));
    const char *name = talloc_asprintf(ex->life, "%s-%s", s->d->ref, file);
    TRY_MEMORY(code && name ? s : NULL);
    TRY(office_sheet(ex->db, ex->house->office, s->d, code, dash ? dash + 1 : NULL, dot + 1, &bytes, &length,
                     ex->life));
    return reply_download(ex,
                          odt ? "application/vnd.oasis.opendocument.text"
                              : "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                          name, bytes, length);
}
