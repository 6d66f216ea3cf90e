/* letter_again.c - `mingda letter again REF CHILD | --all`: letters composed again from their recorded
 * inputs; the packages must be those that were stored, byte for byte. */
#include <stdio.h>
#include <string.h>
#include "commands.h"
#include "desk.h"
#include "letter_files.h"
#include "life.h"
#include "office.h"

struct again {
    struct db *db;
    const struct office *office;
    size_t letters, differ, erased;
};

/* One letter; what is found wrong with it is told and counted, other faults end the work. */
static const struct fault *one(struct again *a, const char *ref, const char *child)
{
    SCOPED_LIFE(life);
    struct dossier *d = NULL;
    TRY_MEMORY(life);
    const struct fault *f = dossier_open(a->db, a->office, ref, life, &d);
    if (!f)
        f = office_letter_again(a->db, a->office, d, child, life);
    a->letters++;
    if (!f)
        return NULL;
    if (strcmp(f->code, "LETTER_ERASED") == 0) {
        a->erased++;
        return NULL;
    }
    a->differ++;
    fprintf(stderr, "%s %s: %s\n", ref, child, fault_text(life, f));
    return f->kind == FAULT_AWAY ? fault_keep(NULL, f) : NULL;
}

static const struct fault *all_of(struct again *a, int32_t agency, TALLOC_CTX *life)
{
    struct table *t = NULL;
    db_scope_set(a->db, (struct db_scope){.agency = agency});
    TRY(db_query(a->db, Q_LETTERS_ALL, NULL, &t, life));
    for (size_t i = 0; i < t->row_count; i++)
        TRY(one(a, table_text(t, i, "ref"), table_text(t, i, "child")));
    return NULL;
}

static const struct fault *all(struct again *a, TALLOC_CTX *life)
{
    struct table *agencies = NULL;
    TRY(db_query(a->db, Q_AGENCY_LIST, NULL, &agencies, life));
    for (size_t i = 0; i < agencies->row_count; i++)
        TRY(all_of(a, (int32_t)table_int(agencies, i, "agency", 0), life));
    return NULL;
}

/* A number says its agency: the store finds it among all. */
static const struct fault *named(struct again *a, const char *ref, const char *child, TALLOC_CTX *life)
{
    struct table *t = NULL;
    TRY(db_query(a->db, Q_DOSSIER_LOCATE, (struct cell[]){cell_text(ref)}, &t, life));
    if (!t->row_count)
        return fault_new(life, FAULT_ABSENT, "DOSSIER_ABSENT", "%s", ref);
    db_scope_set(a->db, (struct db_scope){.agency = (int32_t)table_int(t, 0, "agency_id", 0)});
    return one(a, ref, child);
}

int letter_again(int argc, char **argv)
{
    SCOPED_LIFE(life);
    const struct settings *settings = NULL;
    struct again a = {0};
    struct office *office = NULL;
    bool whole = argc == 2 && strcmp(argv[1], "--all") == 0;
    if (argc != 3 && !whole) {
        fputs("usage: mingda letter again REF CHILD | --all\n", stderr);
        return 2;
    }
    const struct fault *f = desk_open(life, "clock", &settings, &a.db);
    if (!f)
        f = office_open(life, settings, &office);
    a.office = office;
    if (!f)
        f = whole ? all(&a, life) : named(&a, argv[1], argv[2], life);
    if (f)
        return desk_fail("letter again", f);
    printf("{\"letters\": %zu, \"differ\": %zu, \"erased\": %zu}\n", a.letters, a.differ, a.erased);
    return a.differ ? 1 : 0;
}
