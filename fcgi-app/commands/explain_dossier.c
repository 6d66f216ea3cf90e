/* explain_dossier.c - mingda explain REF [--on DATE] [--known DATE] [--json]: what was known of a dossier on
 * a day, what was due, who had to act, and which facts stood in conflict; in plain sentences. */
#include <stdio.h>
#include <string.h>
#include "commands.h"
#include "desk.h"
#include "life.h"
#include "office.h"
#include "text.h"

struct asked {
    const char *ref;
    struct civil on, known;
    bool json;
};

static const char *day_text(TALLOC_CTX *life, struct civil day)
{
    char text[CIVIL_TEXT];
    civil_format(day, text);
    return civil_is_set(day) ? talloc_strdup(life, text) : NULL;
}

static json_t *refusal_json(const struct refusal *why)
{
    return json_pack("{s:s,s:s?,s:o,s:s,s:s}", "rule", why->rule, "article", why->basis, "blocking",
                     why->fact >= 0 ? json_integer(why->fact) : json_null(), "zh", why->zh, "en", why->en);
}

static const struct fault *facts_json(const struct dossier *d, json_t *out, TALLOC_CTX *life)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct fact *f = dossier_known(d, i);
        const struct event_kind *k = edition_event(d->law->edition, f->kind);
        bool moved = civil_compare(f->on, d->facts[i].on) != 0;
        json_t *row = json_pack("{s:i,s:s,s:s,s:s?,s:s,s:s,s:s?}", "seq", (int)f->seq, "kind", f->kind,
                                "label", k ? k->label.zh : f->kind, "child", f->child, "on",
                                day_text(life, f->on), "recorded", day_text(life, f->recorded), "first_told",
                                moved ? day_text(life, d->facts[i].on) : NULL);
        if (json_array_append_new(out, row) != 0)
            return fault_memory();
    }
    return NULL;
}

static const struct fault *clocks_json(const struct view *v, json_t *out, TALLOC_CTX *life)
{
    for (size_t i = 0; i < v->clock_count; i++) {
        const struct clock_view *c = &v->clocks[i];
        json_t *row = json_pack("{s:s,s:s,s:s?,s:s?,s:s,s:s?,s:s?,s:b,s:i,s:i}", "id", c->about->id, "label",
                                c->about->zh, "for", c->child, "basis", c->about->basis, "state",
                                clock_state_word(c->state), "day0", day_text(life, c->day0), "due",
                                day_text(life, c->due), "provisional", (int)c->provisional, "counted",
                                c->counted, "late_by", c->late_by);
        if (json_array_append_new(out, row) != 0)
            return fault_memory();
    }
    return NULL;
}

static const struct fault *conflicts_json(const struct standing *s, json_t *out)
{
    size_t count = 0;
    const struct conflict *all = standing_conflicts(s, &count);
    for (size_t i = 0; i < count; i++) {
        json_t *row = refusal_json(&all[i].why);
        if (!row || json_object_set_new(row, "fact", json_integer(all[i].fact->seq)) != 0 ||
            json_array_append_new(out, row) != 0)
            return fault_memory();
    }
    return NULL;
}

static const struct fault *duties_json(const struct dossier *d, json_t *out)
{
    size_t count = 0;
    const struct duty *all = standing_duties(d->standing, &count);
    for (size_t i = 0; i < count; i++) {
        const struct edition_role *role = edition_role(d->law->edition, all[i].role);
        json_t *row =
            json_pack("{s:s,s:s,s:s?,s:s}", "role", all[i].role, "who", role ? role->label.zh : all[i].role,
                      "child", all[i].child, "label", all[i].label.zh);
        if (json_array_append_new(out, row) != 0)
            return fault_memory();
    }
    return NULL;
}

/* Everything that is told, once: the sentences are made from it. */
static const struct fault *explanation(const struct dossier *d, const struct asked *asked, json_t **out,
                                       TALLOC_CTX *life)
{
    struct view *v = NULL;
    const struct place *place = standing_place(d->standing, NULL);
    TRY(workflow_view(life, d->standing, asked->on, &v));
    *out = json_adopt(life,
                      json_pack("{s:s,s:s,s:s,s:s,s:s,s:s?,s:b,s:[],s:[],s:[],s:[]}", "ref", d->ref, "on",
                                day_text(life, asked->on), "known", day_text(life, asked->known), "edition",
                                d->law->edition->code, "state", place ? place->label.zh : "", "due",
                                v->reply ? day_text(life, v->reply->due) : NULL, "closed",
                                (int)standing_closed(d->standing), "clocks", "duties", "conflicts", "facts"));
    TRY_MEMORY(*out);
    TRY(clocks_json(v, json_object_get(*out, "clocks"), life));
    TRY(duties_json(d, json_object_get(*out, "duties")));
    TRY(conflicts_json(d->standing, json_object_get(*out, "conflicts")));
    return facts_json(d, json_object_get(*out, "facts"), life);
}

static const char *said(const json_t *row, const char *name)
{
    const char *text = json_text(row, name);
    return text ? text : "";
}

static void tell_clock(const json_t *c)
{
    const char *due = json_text(c, "due"), *child = json_text(c, "for");
    int late = (int)json_integer_value(json_object_get(c, "late_by"));
    printf("%s%s%s%s：", said(c, "label"), child ? "（" : "", child ? child : "", child ? "）" : "");
    if (due)
        printf("截止%s%s，", due, json_is_true(json_object_get(c, "provisional")) ? "（暂定）" : "");
    else
        fputs("当时不能确定截止日期，", stdout);
    printf("已计%d日", (int)json_integer_value(json_object_get(c, "counted")));
    if (late)
        printf("，超期%d个工作日", late);
    printf("（%s）。\n", json_text(c, "basis") ? said(c, "basis") : "本机关办理规程");
}

static void tell(const json_t *all)
{
    const json_t *row;
    size_t i;
    bool hindsight = strcmp(said(all, "on"), said(all, "known")) != 0;
    printf("申请%s，%s的情况（以%s已知的事实和日历为准%s）。\n", said(all, "ref"), said(all, "on"),
           said(all, "known"), hindsight ? "，包括此后补记和更正的" : "");
    printf("状态：%s。", said(all, "state"));
    printf("答复期限：%s。\n", json_text(all, "due") ? said(all, "due") : "当时不能确定");
    json_array_foreach(json_object_get(all, "clocks"), i, row) tell_clock(row);
    json_array_foreach(json_object_get(all, "duties"), i, row)
        printf("应当由%s办理：%s。\n", said(row, "who"), said(row, "label"));
    json_array_foreach(json_object_get(all, "conflicts"), i, row)
        printf("第%d条事实与规则不一致：%s（%s，规则%s）\n",
               (int)json_integer_value(json_object_get(row, "fact")), said(row, "zh"),
               json_text(row, "article") ? said(row, "article") : "本机关办理规程", said(row, "rule"));
    printf("当时已知的事实：\n");
    json_array_foreach(json_object_get(all, "facts"), i, row)
        printf("  %d. %s %s%s%s%s%s%s\n", (int)json_integer_value(json_object_get(row, "seq")),
               said(row, "on"), said(row, "label"), json_text(row, "child") ? " " : "", said(row, "child"),
               json_text(row, "first_told") ? "（已更正，原记录为" : "", said(row, "first_told"),
               json_text(row, "first_told") ? "）" : "");
}

static const struct fault *explain(struct db *db, const struct office *office, struct asked *asked,
                                   TALLOC_CTX *life)
{
    struct table *where = NULL;
    struct dossier *d = NULL;
    struct civil today;
    json_t *all = NULL;
    TRY(db_query(db, Q_DOSSIER_LOCATE, (struct cell[]){cell_text(asked->ref)}, &where, life));
    db_scope_set(db, (struct db_scope){.agency = (int32_t)table_int(where, 0, "agency_id", 0)});
    TRY(db_ask_today(db, &today, life));
    if (!civil_is_set(asked->on))
        asked->on = today;
    if (!civil_is_set(asked->known))
        asked->known = asked->on;
    if (civil_compare(asked->on, today) > 0 || civil_compare(asked->known, today) > 0)
        return fault_new(life, FAULT_INPUT, "DAY_IN_FUTURE", "--on and --known are no later than today");
    TRY(dossier_open_known(db, office, asked->ref, asked->known, life, &d));
    TRY(explanation(d, asked, &all, life));
    if (asked->json) {
        json_dumpf(all, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
        putchar('\n');
    } else
        tell(all);
    return NULL;
}

static int usage(const char *why)
{
    fprintf(stderr, "mingda explain: %s\nusage: mingda explain REF [--on DATE] [--known DATE] [--json]\n",
            why);
    return 2;
}

int command_explain(int argc, char **argv)
{
    SCOPED_LIFE(life);
    const struct settings *settings = NULL;
    struct db *db = NULL;
    struct office *office = NULL;
    struct asked asked = {0};
    for (int i = 1; i < argc; i++) {
        struct civil *day = strcmp(argv[i], "--on") == 0      ? &asked.on
                            : strcmp(argv[i], "--known") == 0 ? &asked.known
                                                              : NULL;
        if (day && (i + 1 == argc || !civil_parse(argv[++i], day)))
            return usage("--on and --known take a real date, such as 2026-03-02");
        if (day)
            continue;
        if (strcmp(argv[i], "--json") == 0)
            asked.json = true;
        else if (argv[i][0] == '-' || asked.ref)
            return usage("what is this?");
        else
            asked.ref = argv[i];
    }
    if (!asked.ref)
        return usage("which dossier?");
    const struct fault *f = desk_open(life, "clock", &settings, &db);
    if (!f)
        f = office_open(life, settings, &office);
    if (!f)
        f = explain(db, office, &asked, life);
    return f ? desk_fail("explain", f) : 0;
}
