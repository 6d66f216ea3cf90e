/* edition.c - mingda edition review: what of an edition waits for a lawyer. mingda edition migrate: open
 * dossiers go over to another edition, first as a list of what that would change. */
#include <stdio.h>
#include <string.h>
#include "commands.h"
#include "desk.h"
#include "law_words.h"
#include "life.h"
#include "sweep.h"
#include "tariff.h"
#include "text.h"

static int usage(void)
{
    fputs("usage: mingda edition review FILE.scxml\n"
          "       mingda edition reference\n"
          "       mingda edition migrate --from CODE --to CODE --dry-run | --apply --by LOGIN\n",
          stderr);
    return 2;
}

/* ---- review ---- */

/* Tariffs likewise, with the worst mark of what they consist of. */
static const struct fault *review_tariff(const struct edition *e, const struct tariff *t)
{
    const struct edition_role *who = edition_role(e, t->confirm);
    char mark[] = {t->mark, '\0'}, day[CIVIL_TEXT];
    for (size_t i = 0; i < t->band_count; i++)
        if (t->bands[i].mark != 'V')
            *mark = t->bands[i].mark;
    civil_format(t->valid_from, day);
    return desk_print(json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s?}", "tariff", t->name, "valid_from", day,
                                "mark", mark, "basis", t->basis, "zh", t->zh, "en", t->en, "confirm",
                                t->confirm, "confirm_zh", who ? who->label.zh : NULL));
}

/* The parameters that nobody has verified in a source: recalled (R) or decided by us (D), with who must
 * confirm each. */
static const struct fault *review(const char *file, TALLOC_CTX *life)
{
    const struct edition *e = NULL;
    TRY(desk_edition(life, file, &e));
    for (size_t i = 0; i < e->tariff_count; i++)
        if (e->tariffs[i].confirm)
            TRY(review_tariff(e, &e->tariffs[i]));
    for (size_t i = 0; i < e->parameter_count; i++) {
        const struct edition_parameter *p = &e->parameters[i];
        const struct edition_role *who = p->confirm ? edition_role(e, p->confirm) : NULL;
        const char mark[] = {p->mark, '\0'};
        if (p->mark == 'V')
            continue;
        TRY(desk_print(json_pack("{s:s,s:s,s:s,s:s?,s:s,s:s,s:s?,s:s?}", "parameter", p->name, "value",
                                 p->value, "mark", mark, "basis", p->basis, "zh", p->label.zh, "en",
                                 p->label.en, "confirm", p->confirm, "confirm_zh",
                                 who ? who->label.zh : NULL)));
    }
    return NULL;
}

/* ---- reference ---- */

static void reference_element(const struct law_element *e)
{
    char within[200];
    size_t length = strlen(e->within);
    snprintf(within, sizeof within, "%.*s", (int)(length > 2 ? length - 2 : 0), e->within + 1);
    printf("\n## `<%s%s>`\n\n%s.", e->scxml ? "" : "law:", e->name, e->meaning);
    if (*within)
        printf(" In `%s`.", within);
    puts("");
    if (e->attribute_count)
        puts("\n| attribute | needed | kind | meaning |\n| --- | --- | --- | --- |");
    for (size_t i = 0; i < e->attribute_count; i++) {
        const struct law_attribute *a = &e->attributes[i];
        printf("| `%s%s` | %s | %s | %s |\n", e->scxml ? "law:" : "", a->name, a->required ? "yes" : "",
               a->kind, a->meaning);
    }
}

/* The extension namespace as a page of Markdown, from the table that the loader reads by. */
static void reference(void)
{
    size_t kinds = 0, elements = 0;
    const struct law_kind *kind = law_kinds(&kinds);
    const struct law_element *element = law_elements(&elements);
    puts("# The extension `urn:mingda:law`\n\nWhat may stand in an edition beside SCXML 1.0. Made by `mingda "
         "edition "
         "reference`.");
    for (size_t i = 0; i < elements; i++)
        reference_element(&element[i]);
    puts("\n## Kinds of values\n\n| kind | what it holds |\n| --- | --- |");
    for (size_t i = 0; i < kinds; i++)
        printf("| %s | %s |\n", kind[i].name, kind[i].meaning);
}

/* ---- migrate ---- */

struct migration {
    TALLOC_CTX *life;
    const char *from, *to, *by;
    bool apply, doing; /* doing: the second pass, which raises */
    struct db *db;
    const struct office *office;
    const struct law *law; /* the new one */
    int32_t agency;        /* of whose administrators the person is one, or is not: */
    int64_t person;
    size_t dossiers, without_image, differ, migrated, left_to_others;
};

static bool migrate_options(int argc, char **argv, struct migration *m)
{
    bool dry = false;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--dry-run") == 0)
            dry = true;
        else if (strcmp(argv[i], "--apply") == 0)
            m->apply = true;
        else if (strcmp(argv[i], "--from") == 0 && more)
            m->from = argv[++i];
        else if (strcmp(argv[i], "--to") == 0 && more)
            m->to = argv[++i];
        else if (strcmp(argv[i], "--by") == 0 && more)
            m->by = argv[++i];
        else
            return false;
    }
    return m->from && m->to && dry != m->apply && m->apply == (m->by != NULL);
}

/* What one edition makes of the facts. */
struct image {
    struct standing *standing;
    const struct place *place, *public;
    struct civil due;
    size_t conflicts;
};

static const struct fault *image_of(const struct dossier *d, const struct law *law, struct image *out,
                                    TALLOC_CTX *life)
{
    struct view *v = NULL;
    TRY(workflow_fold(life, law->edition, law->calendar, d->facts, d->count, &out->standing));
    TRY(workflow_view(life, out->standing, d->today, &v));
    out->place = standing_place(out->standing, NULL);
    out->public = standing_public(out->standing);
    out->due = v->reply ? v->reply->due : CIVIL_NONE;
    standing_conflicts(out->standing, &out->conflicts);
    return NULL;
}

/* The fact that would say so, and whether both editions take it. */
static const struct fault *would_migrate(const struct migration *m, const struct dossier *d,
                                         const struct image *was, TALLOC_CTX *life)
{
    static const char *const KIND_ABSENT = "neither edition knows how to move a dossier";
    const struct event_kind *old = edition_event_that(d->law->edition, EVENT_DEED_MIGRATE),
                            *new = edition_event_that(m->law->edition, EVENT_DEED_MIGRATE);
    json_t *data = json_adopt(life, json_pack("{s:s}", "edition", m->law->sha256));
    struct standing *after = NULL;
    TRY_MEMORY(data);
    if (!old || !new || strcmp(old->name, new->name) != 0)
        return fault_new(life, FAULT_INPUT, "EVENT_ABSENT", "%s", KIND_ABSENT);
    struct fact *facts = talloc_zero_array(life, struct fact, d->count + 1);
    TRY_MEMORY(facts);
    memcpy(facts, d->facts, d->count * sizeof *facts);
    facts[d->count] = (struct fact){.seq = d->seq + 1,
                                    .kind = old->name,
                                    .on = d->today,
                                    .recorded = d->today,
                                    .role = "admin",
                                    .data = data};
    TRY(workflow_step(life, was->standing, &facts[d->count], &after));
    return workflow_fold(life, m->law->edition, m->law->calendar, facts, d->count + 1, &after);
}

static json_t *conflicts_json(const struct standing *s)
{
    size_t count = 0;
    const struct conflict *all = standing_conflicts(s, &count);
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(out,
                              json_pack("{s:I,s:s,s:s,s:s}", "fact", (json_int_t)all[i].fact->seq, "kind",
                                        all[i].fact->kind, "rule", all[i].why.rule, "zh", all[i].why.zh));
    return out;
}

static const struct fault *tell(struct migration *m, const struct dossier *d, const struct image *was,
                                const struct image *is, const char *why)
{
    bool same = !why && text_same(was->place->id, is->place->id) &&
                text_same(was->public->id, is->public->id) && civil_compare(was->due, is->due) == 0;
    m->dossiers++;
    m->without_image += why != NULL;
    m->differ += !same && !why;
    if (same)
        return NULL;
    return desk_print(json_pack(
        "{s:s,s:i,s:b,s:s?,s:s?,s:s?,s:o,s:o,s:o}", "ref", d->ref, "agency", (int)d->agency, "image",
        (int)!why, "because", why, "state_before", was->place ? was->place->id : NULL, "state_after",
        is->place ? is->place->id : NULL, "due_before", desk_day(was->due), "due_after", desk_day(is->due),
        "conflicts", is->standing ? conflicts_json(is->standing) : json_array()));
}

static const struct fault *compare(struct migration *m, const struct dossier *d, TALLOC_CTX *life)
{
    struct image was = {0}, is = {0};
    TRY(image_of(d, d->law, &was, life));
    const struct fault *f = image_of(d, m->law, &is, life);
    if (!f)
        f = would_migrate(m, d, &was, life);
    if (f && f->kind != FAULT_INPUT && f->kind != FAULT_REFUSED)
        return f;
    const char *why = f                              ? fault_text(life, f)
                      : is.conflicts > was.conflicts ? "facts that the new edition refuses"
                                                     : NULL;
    return tell(m, d, &was, &is, why);
}

/* Whether the person administers the agency; asked once for each. */
static const struct fault *find_person(struct migration *m, int32_t agency, TALLOC_CTX *life)
{
    struct table *t = NULL;
    if (m->agency == agency)
        return NULL;
    TRY(db_query(m->db, Q_PEOPLE_WITH_ROLE, (struct cell[]){cell_text("admin")}, &t, life));
    m->agency = agency;
    m->person = 0;
    for (size_t i = 0; i < t->row_count; i++)
        if (text_same(table_text(t, i, "login"), m->by))
            m->person = table_int(t, i, "person", 0);
    return NULL;
}

/* The owner of a dossier whose date moves is told: the fact says from which day to which. */
static const struct fault *say_moved(const struct event_kind *k, const struct image *was,
                                     const struct image *is, json_t *data)
{
    char before[CIVIL_TEXT], after[CIVIL_TEXT];
    if (!event_field(k, "before") || !event_field(k, "after") || !civil_is_set(was->due) ||
        !civil_is_set(is->due) || civil_compare(was->due, is->due) == 0)
        return NULL;
    civil_format(was->due, before);
    civil_format(is->due, after);
    int failed = json_object_set_new(data, "before", json_string(before)) +
                 json_object_set_new(data, "after", json_string(after));
    return failed ? fault_memory() : NULL;
}

static const struct fault *migrate_one(struct migration *m, const struct dossier *d, TALLOC_CTX *life)
{
    static const char *const ADMIN[] = {"admin", NULL};
    struct raised raised;
    TRY(find_person(m, d->agency, life));
    if (!m->person) {
        m->left_to_others++;
        return NULL;
    }
    struct image was = {0}, is = {0};
    json_t *data = json_adopt(life, json_pack("{s:s}", "edition", m->law->sha256));
    TRY_MEMORY(data);
    TRY(image_of(d, d->law, &was, life));
    TRY(image_of(d, m->law, &is, life));
    TRY(say_moved(edition_event_that(d->law->edition, EVENT_DEED_MIGRATE), &was, &is, data));
    const struct raising in = {.ref = d->ref,
                               .kind = edition_event_that(d->law->edition, EVENT_DEED_MIGRATE)->name,
                               .data = data,
                               .seq = d->seq,
                               .person = m->person,
                               .roles = ADMIN};
    m->migrated++;
    return office_raise(m->db, m->office, &in, &raised, life);
}

static const struct fault *each(const struct swept *s, void *arg, TALLOC_CTX *life)
{
    struct migration *m = arg;
    if (s->broken) {
        m->without_image++;
        fprintf(stderr, "mingda edition migrate: %s cannot be read: %s\n", s->dossier->ref, s->broken);
        return NULL;
    }
    if (!text_same(s->dossier->law->edition->code, m->from))
        return NULL;
    return m->doing ? migrate_one(m, s->dossier, life) : compare(m, s->dossier, life);
}

static const struct fault *migrate(struct migration *m)
{
    static const struct civil EVER = {1, 1, 1};
    const struct settings *settings = NULL;
    struct office *office = NULL;
    TRY(desk_open(m->life, "clock", &settings, &m->db));
    TRY(office_open(m->life, settings, &office));
    TRY(office_imported(m->db, office, INT64_MAX, m->life));
    m->office = office;
    m->law = office_law(office, m->to);
    if (!m->law || !office_law(office, m->from) || strcmp(m->from, m->to) == 0)
        return fault_new(m->life, FAULT_INPUT, "EDITION_ABSENT",
                         "%s and %s must be two editions that are installed", m->from, m->to);
    TRY(office_sweep_all(m->db, office, EVER, each, m, m->life));
    m->doing = m->apply && !m->without_image;
    if (m->doing)
        TRY(office_sweep_all(m->db, office, EVER, each, m, m->life));
    TRY(desk_print(json_pack("{s:s,s:s,s:b,s:i,s:i,s:i,s:i,s:i}", "from", m->from, "to", m->to, "applied",
                             (int)m->doing, "dossiers", (int)m->dossiers, "differ", (int)m->differ,
                             "without_image", (int)m->without_image, "migrated", (int)m->migrated,
                             "left_to_others", (int)m->left_to_others)));
    if (m->apply && m->without_image)
        return fault_new(m->life, FAULT_REFUSED, "MIGRATION_REFUSED",
                         "%zu dossiers have no image in %s; nothing was moved", m->without_image, m->to);
    return NULL;
}

int command_edition(int argc, char **argv)
{
    SCOPED_LIFE(life);
    struct migration m = {.life = life};
    const struct fault *f = NULL;
    if (!life)
        return desk_fail("edition", fault_memory());
    if (argc == 3 && strcmp(argv[1], "review") == 0)
        f = review(argv[2], life);
    else if (argc == 2 && strcmp(argv[1], "reference") == 0)
        reference();
    else if (argc > 2 && strcmp(argv[1], "migrate") == 0 && migrate_options(argc - 1, argv + 1, &m))
        f = migrate(&m);
    else
        return usage();
    return f ? desk_fail("edition", f) : 0;
}
