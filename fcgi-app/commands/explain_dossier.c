/* explain_dossier.c - mingda explain REF [--on DATE] [--known DATE] [--json] [--lang en]: what was known of a
 * dossier on a day, what was due, who had to act, and which facts stood in conflict; in plain sentences. */
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
    bool json, english;
};

static const char *say(const struct asked *asked, const char *zh, const char *en)
{
    return asked->english && en ? en : zh;
}

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

static const struct fault *facts_json(const struct dossier *d, const struct asked *asked, json_t *out,
                                      TALLOC_CTX *life)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct fact *f = dossier_known(d, i);
        const struct event_kind *k = edition_event(d->law->edition, f->kind);
        bool moved = civil_compare(f->on, d->facts[i].on) != 0;
        json_t *row =
            json_pack("{s:i,s:s,s:s,s:s?,s:s,s:s,s:s?}", "seq", (int)f->seq, "kind", f->kind, "label",
                      k ? say(asked, k->label.zh, k->label.en) : f->kind, "child", f->child, "on",
                      day_text(life, f->on), "recorded", day_text(life, f->recorded), "first_told",
                      moved ? day_text(life, d->facts[i].on) : NULL);
        if (json_array_append_new(out, row) != 0)
            return fault_memory();
    }
    return NULL;
}

static const struct fault *clocks_json(const struct view *v, const struct asked *asked, json_t *out,
                                       TALLOC_CTX *life)
{
    for (size_t i = 0; i < v->clock_count; i++) {
        const struct clock_view *c = &v->clocks[i];
        json_t *row = json_pack("{s:s,s:s,s:s?,s:s?,s:s,s:s?,s:s?,s:b,s:i,s:i}", "id", c->about->id, "label",
                                say(asked, c->about->zh, c->about->en), "for", c->child, "basis",
                                c->about->basis, "state", clock_state_word(c->state), "day0",
                                day_text(life, c->day0), "due", day_text(life, c->due), "provisional",
                                (int)c->provisional, "counted", c->counted, "late_by", c->late_by);
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

static const struct fault *duties_json(const struct dossier *d, const struct asked *asked, json_t *out)
{
    size_t count = 0;
    const struct duty *all = standing_duties(d->standing, &count);
    for (size_t i = 0; i < count; i++) {
        const struct edition_role *role = edition_role(d->law->edition, all[i].role);
        json_t *row = json_pack("{s:s,s:s,s:s?,s:s}", "role", all[i].role, "who",
                                role ? say(asked, role->label.zh, role->label.en) : all[i].role, "child",
                                all[i].child, "label", say(asked, all[i].label.zh, all[i].label.en));
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
                                d->law->edition->code, "state",
                                place ? say(asked, place->label.zh, place->label.en) : "", "due",
                                v->reply ? day_text(life, v->reply->due) : NULL, "closed",
                                (int)standing_closed(d->standing), "clocks", "duties", "conflicts", "facts"));
    TRY_MEMORY(*out);
    TRY(clocks_json(v, asked, json_object_get(*out, "clocks"), life));
    TRY(duties_json(d, asked, json_object_get(*out, "duties")));
    TRY(conflicts_json(d->standing, json_object_get(*out, "conflicts")));
    return facts_json(d, asked, json_object_get(*out, "facts"), life);
}

static const char *said(const json_t *row, const char *name)
{
    const char *text = json_text(row, name);
    return text ? text : "";
}

static const char *basis_of(const struct asked *asked, const json_t *row, const char *name)
{
    return json_text(row, name) ? said(row, name) : say(asked, "本机关办理规程", "office practice");
}

static void tell_clock(const struct asked *asked, const json_t *c)
{
    const char *due = json_text(c, "due"), *child = json_text(c, "for");
    int late = (int)json_integer_value(json_object_get(c, "late_by")),
        counted = (int)json_integer_value(json_object_get(c, "counted"));
    bool provisional = json_is_true(json_object_get(c, "provisional"));
    printf("%s%s%s%s%s", said(c, "label"), child ? say(asked, "（", " (") : "", child ? child : "",
           child ? say(asked, "）", ")") : "", say(asked, "：", ": "));
    if (due)
        printf(asked->english ? "due %s%s, " : "截止%s%s，", due,
               provisional ? say(asked, "（暂定）", " (provisional)") : "");
    else
        fputs(say(asked, "当时不能确定截止日期，", "no due date could be told, "), stdout);
    printf(asked->english ? "%d days counted" : "已计%d日", counted);
    if (late)
        printf(asked->english ? ", %d working days late" : "，超期%d个工作日", late);
    printf(asked->english ? " (%s).\n" : "（%s）。\n", basis_of(asked, c, "basis"));
}

static void tell_fact(const struct asked *asked, const json_t *row)
{
    const char *first = json_text(row, "first_told");
    printf("  %d. %s %s%s%s", (int)json_integer_value(json_object_get(row, "seq")), said(row, "on"),
           said(row, "label"), json_text(row, "child") ? " " : "", said(row, "child"));
    if (first)
        printf(asked->english ? " (corrected; first recorded as %s)" : "（已更正，原记录为%s）", first);
    putchar('\n');
}

static void tell_head(const struct asked *asked, const json_t *all)
{
    bool hindsight = strcmp(said(all, "known"), said(all, "on")) > 0;
    const char *due = json_text(all, "due");
    printf(asked->english ? "Application %s on %s, by what was known on %s%s.\n"
                          : "申请%s，%s的情况（以%s已知的事实和日历为准%s）。\n",
           said(all, "ref"), said(all, "on"), said(all, "known"),
           !hindsight ? "" : say(asked, "，包括此后补记和更正的", ", late records and corrections included"));
    printf(asked->english ? "State: %s. Due date of the reply: %s.\n" : "状态：%s。答复期限：%s。\n",
           said(all, "state"), due ? due : say(asked, "当时不能确定", "could not be told"));
}

static void tell(const struct asked *asked, const json_t *all)
{
    const json_t *row;
    size_t i;
    tell_head(asked, all);
    json_array_foreach(json_object_get(all, "clocks"), i, row) tell_clock(asked, row);
    json_array_foreach(json_object_get(all, "duties"), i, row)
        printf(asked->english ? "To be done by the %s: %s.\n" : "应当由%s办理：%s。\n", said(row, "who"),
               said(row, "label"));
    json_array_foreach(json_object_get(all, "conflicts"), i, row)
        printf(asked->english ? "Fact %d is against the rules: %s (%s, rule %s)\n"
                              : "第%d条事实与规则不一致：%s（%s，规则%s）\n",
               (int)json_integer_value(json_object_get(row, "fact")), said(row, say(asked, "zh", "en")),
               basis_of(asked, row, "article"), said(row, "rule"));
    fputs(say(asked, "当时已知的事实：\n", "Facts known then:\n"), stdout);
    json_array_foreach(json_object_get(all, "facts"), i, row) tell_fact(asked, row);
}

static const struct fault *explain(struct db *db, const struct office *office, struct asked *asked,
                                   TALLOC_CTX *life)
{
    struct table *where = NULL;
    struct dossier *d = NULL;
    struct civil today;
    json_t *all = NULL;
    TRY(db_query(db, Q_DOSSIER_LOCATE, (struct cell[]){cell_text(asked->ref)}, &where, life));
    if (!where->row_count)
        return fault_new(life, FAULT_ABSENT, "DOSSIER_ABSENT", "there is no dossier %s", asked->ref);
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
        tell(asked, all);
    return NULL;
}

static int usage(const char *why)
{
    fprintf(stderr,
            "mingda explain: %s\nusage: mingda explain REF [--on DATE] [--known DATE] [--json] "
            "[--lang zh|en]\n",
            why);
    return 2;
}

/* NULL, or what is wrong with the words of the command. */
static const char *read_words(int argc, char **argv, struct asked *asked)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        struct civil *day = strcmp(word, "--on") == 0      ? &asked->on
                            : strcmp(word, "--known") == 0 ? &asked->known
                                                           : NULL;
        if (day || strcmp(word, "--lang") == 0)
            i++;
        if (day && !civil_parse(value, day))
            return "--on and --known take a real date, such as 2026-03-02";
        if (strcmp(word, "--lang") == 0 && strcmp(value, "zh") != 0 && strcmp(value, "en") != 0)
            return "--lang takes zh or en";
        if (strcmp(word, "--lang") == 0)
            asked->english = strcmp(value, "en") == 0;
        else if (strcmp(word, "--json") == 0)
            asked->json = true;
        else if (!day && (word[0] == '-' || asked->ref))
            return "one dossier, and --on, --known, --json or --lang";
        else if (!day)
            asked->ref = word;
    }
    return asked->ref ? NULL : "which dossier?";
}

int command_explain(int argc, char **argv)
{
    SCOPED_LIFE(life);
    const struct settings *settings = NULL;
    struct db *db = NULL;
    struct office *office = NULL;
    struct asked asked = {0};
    const char *wrong = read_words(argc, argv, &asked);
    if (wrong)
        return usage(wrong);
    const struct fault *f = desk_open(life, "clock", &settings, &db);
    if (!f)
        f = office_open(life, settings, &office);
    if (!f)
        f = explain(db, office, &asked, life);
    return f ? desk_fail("explain", f) : 0;
}
