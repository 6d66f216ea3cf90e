/* dossier.c - mingda dossier list | show REF: what the store holds, as JSON. */
#include <stdio.h>
#include <string.h>
#include "commands.h"
#include "desk.h"
#include "life.h"
#include "office.h"
#include "text.h"

static void print_json(json_t *json, size_t flags)
{
    json_dumpf(json, stdout, flags | JSON_PRESERVE_ORDER);
    putchar('\n');
}

static const struct fault *list_page(struct db *db, int64_t *after, bool *more, TALLOC_CTX *page)
{
    struct table *t = NULL;
    TRY(db_query(db, Q_DOSSIER_LIST, (struct cell[]){cell_int(*after), cell_int(500)}, &t, page));
    json_t *rows = json_adopt(page, table_json(t));
    TRY_MEMORY(rows);
    for (size_t i = 0; i < json_array_size(rows); i++)
        print_json(json_array_get(rows, i), JSON_COMPACT);
    *more = t->row_count > 0;
    if (*more)
        *after = table_int(t, t->row_count - 1, "dossier", 0);
    return NULL;
}

static const struct fault *list(struct db *db, TALLOC_CTX *life)
{
    int64_t after = 0;
    for (bool more = true; more;) {
        SCOPED_LIFE(page);
        const struct fault *f = list_page(db, &after, &more, page);
        if (f)
            return fault_keep(life, f);
    }
    return NULL;
}

static const struct fault *fact_json(const struct fact *f, json_t *facts)
{
    char on[CIVIL_TEXT], recorded[CIVIL_TEXT];
    civil_format(f->on, on);
    civil_format(f->recorded, recorded);
    json_t *row =
        json_pack("{s:i,s:s,s:s?,s:s,s:s,s:s?,s:s?,s:O}", "seq", (int)f->seq, "kind", f->kind, "child",
                  f->child, "on", on, "recorded", recorded, "by", f->by, "role", f->role, "data", f->data);
    return json_array_append_new(facts, row) == 0 ? NULL : fault_memory();
}

static const struct fault *show(struct db *db, const struct office *office, const char *ref, TALLOC_CTX *life)
{
    struct table *where = NULL, *head = NULL;
    struct dossier *d = NULL;
    TRY(db_query(db, Q_DOSSIER_LOCATE, (struct cell[]){cell_text(ref)}, &where, life));
    db_scope_set(db, (struct db_scope){.agency = (int32_t)table_int(where, 0, "agency_id", 0)});
    TRY(dossier_open(db, office, ref, life, &d));
    TRY(db_query(db, Q_DOSSIER_BY_REF, (struct cell[]){cell_text(ref)}, &head, life));
    json_t *rows = json_adopt(life, table_json(head)), *facts = json_adopt(life, json_array());
    TRY_MEMORY(rows && facts ? d : NULL);
    for (size_t i = 0; i < d->count; i++)
        TRY(fact_json(&d->facts[i], facts));
    json_t *all =
        json_adopt(life, json_pack("{s:O,s:O}", "dossier", json_array_get(rows, 0), "facts", facts));
    TRY_MEMORY(all);
    print_json(all, JSON_INDENT(1));
    return NULL;
}

static int usage(void)
{
    fputs("usage: mingda dossier list | show REF\n", stderr);
    return 2;
}

int command_dossier(int argc, char **argv)
{
    SCOPED_LIFE(life);
    const struct settings *settings = NULL;
    struct db *db = NULL;
    struct office *office = NULL;
    bool lists = argc >= 2 && strcmp(argv[1], "list") == 0, shows = argc >= 3 && strcmp(argv[1], "show") == 0;
    int rest = lists ? 2 : 3;
    if ((!lists && !shows) || argc > rest + 1 || (argc == rest + 1 && strcmp(argv[rest], "--json") != 0))
        return usage();
    const struct fault *f = desk_open(life, "clock", &settings, &db);
    if (!f)
        f = office_open(life, settings, &office);
    if (!f && lists)
        db_scope_set(db, (struct db_scope){.agency = (int32_t)settings_int(settings, "web.agency")});
    if (!f)
        f = lists ? list(db, life) : show(db, office, argv[2], life);
    return f ? desk_fail("dossier", f) : 0;
}
