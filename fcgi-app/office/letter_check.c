#include "letter_check.h"
#include <string.h>
#include "letter_lint.h"
#include "life.h"
#include "text.h"

#define SENTENCE_MAX 4000
#define TOLD_MOST    8 /* findings that one sentence lists; the page beside the letter shows all */

static const struct fault *refuse(TALLOC_CTX *life, const char *rule, const char *zh, const char *en)
{
    const struct refusal why = {.rule = rule, .zh = zh, .en = en, .fact = -1};
    return zh && en ? fault_refused(life, &why) : fault_memory();
}

/* ---- the text ---- */

static bool is_known(const struct letter_outcome *all, size_t count, const char *code)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(all[i].code, code) == 0)
            return true;
    return false;
}

/* A reply has to fit the outcomes of its items; a notice on the way decides nothing, unless the edition gives
 * it remedies of its own. */
static const struct fault *add_outcomes(const struct dossier *d, const char *code, const json_t *items,
                                        struct letter_expectation *e, TALLOC_CTX *life)
{
    const struct letter_kind *kind = edition_letter(d->law->edition, code);
    struct letter_outcome *all = talloc_zero_array(life, struct letter_outcome, json_array_size(items) + 1);
    TRY_MEMORY(all);
    e->outcomes = all;
    if (kind && kind->remedy)
        all[e->outcome_count++] = (struct letter_outcome){kind->code, NULL, kind->remedy};
    for (size_t i = 0; kind && kind->reply && i < json_array_size(items); i++) {
        const char *word = json_text(json_array_get(items, i), "outcome");
        const struct outcome_kind *o = word ? edition_outcome(d->law->edition, word) : NULL;
        if (o && !is_known(all, e->outcome_count, o->code))
            all[e->outcome_count++] = (struct letter_outcome){o->code, o->basis, o->remedy};
    }
    return NULL;
}

static const struct fault *add_quoted(const json_t *inputs, const json_t *items, struct letter_expectation *e,
                                      TALLOC_CTX *life)
{
    const char **all = talloc_zero_array(life, const char *, json_array_size(items) + 2);
    TRY_MEMORY(all);
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(items); i++)
        if (json_text(json_array_get(items, i), "text"))
            all[n++] = json_text(json_array_get(items, i), "text");
    if (json_text(inputs, "applicant"))
        all[n++] = json_text(inputs, "applicant");
    e->quoted = all;
    return NULL;
}

static const struct fault *expectation(struct db *db, const struct dossier *d, const char *code,
                                       const json_t *inputs, struct letter_expectation *e, TALLOC_CTX *life)
{
    const json_t *items = json_object_get(inputs, "items");
    struct table *agency = NULL;
    TRY(db_query(db, Q_AGENCY_CURRENT, NULL, &agency, life));
    *e = (struct letter_expectation){.electronic = json_is_true(json_object_get(inputs, "electronic")),
                                     .review_body = table_text(agency, 0, "review_body"),
                                     .court = table_text(agency, 0, "court")};
    TRY(add_outcomes(d, code, items, e, life));
    return add_quoted(inputs, items, e, life);
}

/* The words of a block; the cells of a table one after the other. */
static const char *block_text(const struct letter_block *b, TALLOC_CTX *life)
{
    struct text *t = text_new(life, 1u << 20);
    const char *out = NULL;
    text_add(t, b->text);
    for (size_t i = 0; i < b->rows * b->columns; i++)
        if (b->cells[i].span)
            text_printf(t, "%s%s", text_length(t) ? "　" : "", b->cells[i].text);
    return text_end(t, &out, NULL) ? NULL : out;
}

static json_t *findings_of(const struct letter_findings *found, size_t block)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < found->count; i++)
        if (found->all[i].block == block)
            json_array_append_new(list, json_pack("{s:s,s:s}", "why", found->all[i].zh, "found",
                                                  found->all[i].found ? found->all[i].found : ""));
    return list;
}

/* The whole letter, and after it what is wrong with the whole. */
static const struct fault *page_of(const struct letter *letter, const struct letter_findings *found,
                                   json_t **page, TALLOC_CTX *life)
{
    *page = json_adopt(life, json_array());
    TRY_MEMORY(*page);
    for (size_t i = 0; i <= letter->block_count; i++) {
        const char *text = i < letter->block_count ? block_text(&letter->blocks[i], life) : "";
        TRY_MEMORY(text);
        json_t *findings = findings_of(found, i);
        if (!findings || (!*text && !json_array_size(findings))) {
            json_decref(findings);
            continue;
        }
        if (json_array_append_new(*page, json_pack("{s:s,s:o}", "text", text, "findings", findings)) != 0)
            return fault_memory();
    }
    return NULL;
}

static const struct fault *tell_findings(const struct letter_findings *found, TALLOC_CTX *life)
{
    struct text *zh = text_new(life, SENTENCE_MAX * 4), *en = text_new(life, SENTENCE_MAX * 4);
    const char *said = NULL, *in_english = NULL;
    text_printf(zh, "文书内容有%zu处不符合要求，没有提交：", found->count);
    /* the English sentence goes into the log: it repeats no word of the letter */
    text_printf(en, "The text of the letter has %zu mistakes and was not accepted; each is named beside it. ",
                found->count);
    for (size_t i = 0; i < found->count && i < TOLD_MOST; i++) {
        const struct letter_finding *f = &found->all[i];
        text_printf(zh, "（%zu）%s", i + 1, f->zh);
        if (f->found && *f->found)
            text_printf(zh, "：“%s”", f->found);
        text_add(zh, "；");
    }
    text_printf(
        zh, "文字出自拟办理由等填写内容的，请修改后重新拟制；出自模板或者条款的，请联系法制审核人员修改。");
    text_printf(
        en, "Change what was written (reasons of the outcome and the like) and draft it again; what comes "
            "from a template or clause is for the legal reviewers to change.");
    TRY(text_end(zh, &said, NULL));
    TRY(text_end(en, &in_english, NULL));
    return refuse(life, "letter-text", said, in_english);
}

const struct fault *letter_check_text(struct db *db, const struct dossier *d, const char *code,
                                      const struct letter *letter, const json_t *inputs, json_t **page,
                                      TALLOC_CTX *life)
{
    struct letter_expectation e;
    struct letter_findings found = {0};
    TRY(expectation(db, d, code, inputs, &e, life));
    TRY(letter_lint(letter, &e, life, &found));
    if (!found.count)
        return NULL;
    if (page)
        TRY(page_of(letter, &found, page, life));
    return tell_findings(&found, life);
}

/* ---- values ---- */

static const char *label_in(const struct letter_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        const char *inner = strcmp(fields[i].name, name) == 0
                                ? fields[i].label
                                : label_in(fields[i].columns, fields[i].column_count, name);
        if (inner)
            return inner;
    }
    return NULL;
}

static const char *label_of(const struct letter_template *t, const char *name)
{
    const char *label = t ? label_in(t->fields, t->field_count, name) : NULL;
    return label ? label : name;
}

const struct fault *letter_check_fault(const struct letter_template *t, const char *code,
                                       const struct fault *f, TALLOC_CTX *life)
{
    if (!f || f->kind != FAULT_INPUT)
        return f;
    if (strcmp(f->code, "LETTER_VALUE") == 0 && f->field)
        return refuse(
            life, "letter-value",
            talloc_asprintf(life,
                            "文书缺少“%s”，不能生成（%s）。请先补充相应的办理记录后重新拟制；"
                            "属于本机关名称、地址、复议机关等设置的，请联系系统管理员。",
                            label_of(t, f->field), f->detail),
            talloc_asprintf(life,
                            "The letter cannot be made: “%s” is missing (%s). Record it first and draft "
                            "again; settings of the agency are for the administrator.",
                            label_of(t, f->field), f->detail));
    return refuse(life, "letter-template",
                  talloc_asprintf(life, "文书模板%s不能使用（%s）。请联系法制审核人员检查模板和条款。", code,
                                  f->detail ? f->detail : f->code),
                  talloc_asprintf(life,
                                  "Template %s cannot be used (%s). Ask the legal reviewers to look at it.",
                                  code, f->detail ? f->detail : f->code));
}

/* ---- still so? ---- */

/* The day of writing, and where the letter can be checked, belong to the draft, not to the dossier. */
static bool is_of_the_draft(const char *name)
{
    static const char *const NAMES[] = {"date", "verify_code", "verify_url", "verify_link"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strcmp(NAMES[i], name) == 0)
            return true;
    return false;
}

const struct fault *letter_check_same(const struct letter_template *t, const json_t *made, const json_t *now,
                                      TALLOC_CTX *life)
{
    struct text *labels = text_new(life, SENTENCE_MAX);
    const char *said = NULL;
    for (size_t i = 0; i < t->field_count; i++) {
        const char *name = t->fields[i].name;
        const json_t *then = json_object_get(made, name), *today = json_object_get(now, name);
        bool same = (!then && !today) || (then && today && json_equal(then, today));
        if (!same && !is_of_the_draft(name))
            text_printf(labels, "%s%s", text_length(labels) ? "、" : "", label_of(t, name));
    }
    TRY(text_end(labels, &said, NULL));
    if (!*said)
        return NULL;
    return refuse(
        life, "letter-outdated",
        talloc_asprintf(life,
                        "拟稿以后，本件又有新的情况，文书中的以下内容已经不同：%s。"
                        "请退回承办人，按现在的情况重新拟制。",
                        said),
        talloc_asprintf(life,
                        "Since the letter was drafted the dossier has changed; it would now read otherwise "
                        "in: %s. Send it back to be drafted anew.",
                        said));
}
