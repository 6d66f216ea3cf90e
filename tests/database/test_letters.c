/* Letters through the services: what they say follows from the facts, what is wrong with them stops them with
 * a sentence and leaves nothing behind, and what changes under them is noticed before they are approved. */
#include "office_play.h"
#include "package.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DAY      "2026-03-02"

/* ---- a dossier on its way ---- */

static const struct fault *apply_for(struct db *db, const char *name, const char *const *items, size_t count,
                                     struct receipt *out, TALLOC_CTX *life)
{
    json_t *applicant = json_adopt(life, json_pack("{s:s,s:s,s:s,s:s}", "name", name, "id_kind", "id-card",
                                                   "id_number", APPLICANT_NUMBER, "phone", "021-55555555"));
    const struct application in = {.agency = 1,
                                   .channel = "web",
                                   .category = "natural",
                                   .delivery = "electronic",
                                   .applicant = applicant,
                                   .items = items,
                                   .item_count = count,
                                   .submission = facts_submission_id(life),
                                   .role = "applicant"};
    db_scope_set(db, (struct db_scope){.agency = 1});
    return office_submit(db, PLAY.office, &in, out, life);
}

static const char *searched(struct db *db, const char *name, const char *const *items, size_t count,
                            const char *result, TALLOC_CTX *life)
{
    struct receipt receipt = {0};
    must(apply_for(db, name, items, count, &receipt, life));
    does(db, receipt.ref, "shouli", "clerk", "registered");
    does(db, receipt.ref, "shouli", "clerk", "assigned",
         .data = talloc_asprintf(life, "{'handler':'%lld'}", (long long)person_of("chengban")));
    does(db, receipt.ref, "chengban", "handler", "search-recorded",
         .data = talloc_asprintf(
             life, "{'result':'%s','where':'综合档案室、业务系统','keywords':'演练 隐患','strategies':2}",
             result));
    does(db, receipt.ref, "shouli", "clerk", "search-confirmed");
    return receipt.ref;
}

static const char *const ONE[] = {"某化工园区应急演练记录原件"};

/* A refusal comes with its test of separation, and with what was checked before. */
static void proposes(struct db *db, const char *ref, const char *item, const char *data, TALLOC_CTX *life)
{
    if (strstr(data, "DENY_"))
        data = talloc_asprintf(
            life, "{'no-duty':true,'separation':'inseparable','parts':'逐页审查，均不能区分',%s", data + 1);
    does(db, ref, "chengban", "handler", "outcome-proposed", item, data);
}

/* To a dossier whose one item is not disclosed, with that reason. */
static const char *withheld(struct db *db, const char *reason, TALLOC_CTX *life)
{
    const char *ref = searched(db, APPLICANT_NAME, ONE, 1, "found", life);
    proposes(db, ref, "i1",
             talloc_asprintf(life, "{'outcome':'DENY_PROCESS','kind':'minutes','reason':'%s'}", reason),
             life);
    return ref;
}

static const struct fault *drafts(struct db *db, const char *ref, const char *code, const char *child,
                                  struct raised *out, TALLOC_CTX *life)
{
    const char *data = talloc_asprintf(life, "{'template':'%s'}", code);
    return raise_as(db, ref, (struct doing){"chengban", "handler", "drafted", child, data}, out, life);
}

static const struct fault *approves(struct db *db, const char *ref, const char *child, TALLOC_CTX *life)
{
    const struct fact *draft = standing_fact(dossier_of(db, ref, life)->standing, "drafted", child);
    const char *data =
        talloc_asprintf(life, "{'odt':'%s','docx':'%s'}", fact_text(draft, "odt"), fact_text(draft, "docx"));
    return raise_as(db, ref, (struct doing){"lingdao", "leader", "approved", child, data}, NULL, life);
}

static void reviewed(struct db *db, const char *ref, const char *child, TALLOC_CTX *life)
{
    does(db, ref, "fagui", "legal", "review-passed", child, "{'opinion':'同意'}");
}

/* As the signer would, with bytes that nobody reads here; the clock takes it in. */
static void sealed(const char *ref, const char *child, const char *day)
{
    SCOPED_LIFE(life);
    size_t count = 0;
    ask(life,
        "INSERT INTO mingda.sealed (agency_id, dossier_id, child, odt, docx, odt_p7s, docx_p7s, certificate, "
        "journal) SELECT l.agency_id, l.dossier_id, l.child, '\\x01', '\\x02', '', '', sha256('c'), '{}' "
        "FROM "
        "mingda.letter l JOIN mingda.dossier_number n USING (agency_id, dossier_id) WHERE n.ref = '%s' AND "
        "l.child = '%s'",
        ref, child);
    must(office_wake(db_on(life, "clock", day), PLAY.office, 1, &count, life));
}

/* ---- what a letter says ---- */

static const char *part_of(TALLOC_CTX *life, struct db *db, const char *ref, const char *child,
                           const char *format, const char *part)
{
    struct dossier *d = dossier_of(db, ref, life);
    const char *hex = fact_text(standing_fact(d->standing, "drafted", child), format);
    const char *bytes = ask(life, "SELECT encode(bytes, 'hex') FROM mingda.blob WHERE sha256 = '\\x%s'", hex);
    size_t length = strlen(bytes) / 2;
    uint8_t *raw = talloc_array(life, uint8_t, length + 1);
    for (size_t i = 0; i < length; i++) {
        const char two[] = {bytes[2 * i], bytes[2 * i + 1], '\0'};
        raw[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    struct package *p = NULL;
    must(package_read(life, raw, length, &PACKAGE_LIMITS, &p));
    const struct package_entry *entry = package_find(p, part);
    assert_non_null(entry);
    return talloc_strndup(life, (const char *)entry->data, entry->size);
}

static const char *odt_of(TALLOC_CTX *life, struct db *db, const char *ref, const char *child)
{
    return part_of(life, db, ref, child, "odt", "content.xml");
}

static void says(const char *letter, const char *words)
{
    if (!strstr(letter, words))
        fail_msg("the letter does not say “%s”", words);
}

static void a_refusal_gives_kind_reason_and_review_first(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char *const ITEMS[] = {"第三次局长办公会议讨论记录", "公务用车调度登记表",
                                        "某化工公司火灾事故处罚案件询问笔录"};
    struct db *db = web_on(life, DAY);
    const char *ref = searched(db, APPLICANT_NAME, ITEMS, 3, "found", life);
    proposes(db, ref, "i1",
             "{'outcome':'DENY_PROCESS','kind':'minutes','reason':'方案尚未确定，公开会影响坦率讨论。'}",
             life);
    proposes(db, ref, "i2", "{'outcome':'DENY_INTERNAL','kind':'logistics','reason':'仅用于内部后勤调度。'}",
             life);
    proposes(db, ref, "i3",
             "{'outcome':'DENY_CASEFILE','reason':'属于行政处罚案件办理过程中形成的案卷材料。'}", life);
    must(drafts(db, ref, "R06", NULL, NULL, life));
    static const char *const WORDS[] = {"第三次局长办公会议讨论记录",
                                        "讨论记录）",
                                        "方案尚未确定，公开会影响坦率讨论。",
                                        "本机关的内部事务信息（后勤管理信息）",
                                        "仅用于内部后勤调度。",
                                        "行政执法案卷信息",
                                        "第十六条第一款",
                                        "第十六条第二款",
                                        "第三十六条第（三）项",
                                        "60日内先向上海市人民政府申请行政复议",
                                        "15日内向上海铁路运输法院"};
    const char *odt = odt_of(life, db, ref, "L2"),
               *docx = part_of(life, db, ref, "L2", "docx", "word/document.xml");
    for (size_t i = 0; i < COUNT(WORDS); i++) {
        says(odt, WORDS[i]);
        says(docx, WORDS[i]);
    }
    assert_null(strstr(odt, "6个月")); /* not a free choice */
    all_is_whole(DAY);
}

static void an_absence_tells_of_the_search(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    const char *ref = searched(db, APPLICANT_NAME, ONE, 1, "not-found", life);
    proposes(db, ref, "i1", "{'outcome':'NA_NOTEXIST','reason':'该园区2025年未组织演练。'}", life);
    must(drafts(db, ref, "R07", NULL, NULL, life));
    const char *odt = odt_of(life, db, ref, "L2");
    says(odt, "检索日期：2026年3月2日");
    says(odt, "检索范围：综合档案室、业务系统");
    says(odt, "检索关键词：演练 隐患");
    says(odt, "该园区2025年未组织演练。");
    says(odt, "第三十六条第（四）项");
    says(odt, "6个月内");
}

static const char *due_of(TALLOC_CTX *life, struct db *db, const char *ref)
{
    struct view *view = NULL;
    struct dossier *d = dossier_of(db, ref, life);
    char *text = talloc_array(life, char, CIVIL_TEXT);
    must(workflow_view(life, d->standing, d->today, &view));
    if (!civil_is_set(view->reply->due))
        return "-";
    civil_format(view->reply->due, text);
    return text;
}

static void asking_for_a_correction_is_told_by_serving_the_notice(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    struct receipt receipt = {0};
    must(apply_for(db, APPLICANT_NAME, ONE, 1, &receipt, life));
    const char *ref = receipt.ref;
    does(db, ref, "shouli", "clerk", "registered");
    does(db, ref, "shouli", "clerk", "correction-decided",
         .data = "{'reply-by':'2026-03-18','what':'请写明演练的年份和组织单位'}");
    must(raise_as(db, ref, (struct doing){"shouli", "clerk", "drafted", NULL, "{'template':'D02'}"}, NULL,
                  life));
    const char *odt = odt_of(life, db, ref, "L2");
    says(odt, "请写明演练的年份和组织单位");
    says(odt, "2026年3月18日");
    reviewed(db, ref, "L2", life);
    must(approves(db, ref, "L2", life));
    sealed(ref, "L2", DAY);
    assert_int_equal(facts_of(ref, "correction-notified"), 0);
    does(db, ref, "shouli", "clerk", "notice-served", "L2",
         "{'method':'mail','tracking':'XA123456789CN','delivered':'2026-03-02'}");
    struct dossier *d = dossier_of(db, ref, life);
    const struct fact *told = standing_fact(d->standing, "correction-notified", NULL);
    const char *what = NULL;
    assert_non_null(told);
    assert_string_equal(fact_text(told, "reply-by"), "2026-03-18");
    assert_string_equal(fact_text(told, "delivered"), "2026-03-02");
    must(dossier_text(db, d, json_object_get(told->data, "what"), &what, life));
    assert_string_equal(what, "请写明演练的年份和组织单位");
    assert_string_equal(due_of(life, db, ref), "-");
    struct db *later = web_on(life, "2026-03-10");
    does(later, ref, NULL, "applicant", "correction-received",
         .data = "{'text':'2025年9月园区管委会组织的演练'}");
    assert_string_equal(due_of(life, later, ref),
                        "2026-04-08"); /* twenty working days anew, after the feast of Qingming */
    all_is_whole("2026-03-10");
}

static void an_extension_is_told_with_both_days(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    const char *ref = searched(db, APPLICANT_NAME, ONE, 1, "found", life);
    assert_string_equal(due_of(life, db, ref), "2026-03-30");
    does(db, ref, "chuzhang", "division-head", "extension-granted",
         .data = "{'workdays':10,'reason':'涉及多个年度的记录，需要逐份核对。'}");
    must(drafts(db, ref, "D03", NULL, NULL, life));
    const char *odt = odt_of(life, db, ref, "L2");
    says(odt, "涉及多个年度的记录，需要逐份核对。");
    says(odt, "2026年3月30日");
    says(odt, "延长10个工作日");
    says(odt, "2026年4月14日");
    assert_string_equal(due_of(life, db, ref), "2026-03-30"); /* not before the applicant has been told */
    reviewed(db, ref, "L2", life);
    must(approves(db, ref, "L2", life));
    sealed(ref, "L2", DAY);
    does(db, ref, "chengban", "handler", "notice-served", "L2", "{'method':'electronic'}");
    assert_int_equal(facts_of(ref, "extension-notified"), 1);
    assert_string_equal(due_of(life, db, ref), "2026-04-14");
    all_is_whole(DAY);
}

/* ---- what stops a letter ---- */

static const char *counts(TALLOC_CTX *life)
{
    return talloc_asprintf(life, "%ld %ld %ld", counted("fact"), counted("private"), counted("blob"));
}

static const struct fault *is_refused(const struct fault *f, const char *rule, const char *words)
{
    assert_non_null(f);
    if (f->kind != FAULT_REFUSED || strcmp(f->refusal->rule, rule) != 0)
        fail_msg("wanted %s, got %s %s", rule, f->code, f->refusal ? f->refusal->rule : "");
    says(f->refusal->zh, words);
    assert_true(strlen(f->refusal->en) > 20);
    return f;
}

static void words_that_the_law_does_not_know_stop_the_letter(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    struct raised out;
    const char *ref = withheld(db, "如不服，可以在3个月内向应急管理部申请行政复议。", life),
               *before = counts(life);
    const struct fault *f = drafts(db, ref, "R06", NULL, &out, life);
    is_refused(f, "letter-text", "3个月");
    says(f->refusal->zh, "应急管理部");
    assert_string_equal(counts(life), before);
    assert_non_null(out.page);
    size_t beside = 0;
    for (size_t i = 0; i < json_array_size(out.page); i++) {
        const json_t *line = json_array_get(out.page, i), *findings = json_object_get(line, "findings");
        beside += json_array_size(findings);
        if (json_array_size(findings) && *json_text(line, "text"))
            says(json_text(line, "text"), "应急管理部");
    }
    assert_true(beside >= 2 && json_array_size(out.page) > 5);
    proposes(db, ref, "i1", "{'outcome':'DENY_PROCESS','kind':'minutes','reason':'方案尚未确定。'}", life);
    must(drafts(db, ref, "R06", NULL, &out, life));
    assert_null(out.page);
}

static void a_value_that_is_missing_stops_the_letter_with_its_line(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    const char *ref = withheld(db, "方案尚未确定。", life), *before = counts(life);
    ask(life, "UPDATE mingda.agency SET court = '' WHERE agency_id = 1");
    const struct fault *f =
        is_refused(drafts(db, ref, "R06", NULL, NULL, life), "letter-value", "“管辖法院”");
    says(f->refusal->zh, "remedies-preposed.xml:");
    assert_string_equal(counts(life), before);
    ask(life, "UPDATE mingda.agency SET court = '上海铁路运输法院' WHERE agency_id = 1");
    must(drafts(db, ref, "R06", NULL, NULL, life));
}

/* ---- what changes under a letter ---- */

/* A new version of the clause, with words changed, in force from today. */
static void new_clause(const char *code, const char *from, const char *to)
{
    SCOPED_LIFE(life);
    ask(life,
        "INSERT INTO mingda.clause (agency_id, code, version, xml, drafted_by, approved_by, in_force) SELECT "
        "agency_id, code, version + 1, replace(xml, '%s', '%s'), drafted_by, approved_by, '" DAY "' FROM "
        "mingda.clause WHERE agency_id = 1 AND code = '%s' ORDER BY version DESC LIMIT 1",
        from, to, code);
}

static void a_clause_that_changes_under_a_draft_is_noticed(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    const char *ref = withheld(db, "方案尚未确定。", life);
    const uint8_t *html = NULL;
    size_t length = 0;
    must(drafts(db, ref, "R06", NULL, NULL, life));
    reviewed(db, ref, "L2", life);
    new_clause("remedies-preposed", "如对本决定不服", "对本决定不服的");
    must(office_preview(db, PLAY.office, dossier_of(db, ref, life), "L2", &html, &length, life));
    assert_non_null(memmem(html, length, "如对本决定不服", strlen("如对本决定不服"))); /* as it was drafted */
    is_refused(approves(db, ref, "L2", life), "template-changed", "请退回承办人");
    does(db, ref, "lingdao", "leader", "returned", "L2", "{'reason':'请用现行条款'}");
    must(drafts(db, ref, "R06", "L2", NULL, life));
    says(odt_of(life, db, ref, "L2"), "对本决定不服的");
    reviewed(db, ref, "L2", life);
    must(approves(db, ref, "L2", life));
    all_is_whole(DAY);
}

static void a_clause_with_wrong_words_stops_every_letter(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    const char *ref = searched(db, APPLICANT_NAME, ONE, 1, "not-found", life);
    proposes(db, ref, "i1", "{'outcome':'NA_NOTEXIST','reason':'未组织演练。'}", life);
    new_clause("remedies-optional", "6个月内", "3个月内");
    is_refused(drafts(db, ref, "R07", NULL, NULL, life), "letter-text", "3个月");
    new_clause("remedies-optional", "3个月内", "6个月内");
    must(drafts(db, ref, "R07", NULL, NULL, life));
}

static void a_dossier_that_moves_on_under_a_letter_is_noticed(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    const char *ref = withheld(db, "方案尚未确定。", life);
    must(drafts(db, ref, "R06", NULL, NULL, life));
    reviewed(db, ref, "L2", life);
    does(db, ref, "chengban", "handler", "consultation-sent",
         .data = "{'to':'third-party','about':'是否同意公开'}");
    is_refused(approves(db, ref, "L2", life), "letter-outdated", "征求过第三方意见");
    assert_int_equal(facts_of(ref, "approved"), 0);
    all_is_whole(DAY);
}

/* ---- strange and large ---- */

static void what_was_typed_is_printed(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char *const ITEMS[] = {"𠮷野家 A & B <c> “引号” ]]> 喆堃珺镕 龘 事故记录"};
    char *name = talloc_strdup(life, "");
    for (size_t i = 0; i < 200; i++)
        name = talloc_asprintf_append(name, "%s", i % 3 ? "名" : "𠮷");
    struct db *db = web_on(life, DAY);
    const char *ref = searched(db, name, ITEMS, 1, "not-found", life);
    proposes(db, ref, "i1", "{'outcome':'NA_NOTEXIST','reason':'经查 A & B <c> 未设档。'}", life);
    must(drafts(db, ref, "R07", NULL, NULL, life));
    const char *odt = odt_of(life, db, ref, "L2"),
               *docx = part_of(life, db, ref, "L2", "docx", "word/document.xml");
    says(odt, name);
    says(docx, name);
    says(odt, "A &amp; B &lt;c&gt;");
    says(docx, "A &amp; B &lt;c&gt;");
    says(odt, "喆堃珺镕 龘");
    reviewed(db, ref, "L2", life);
    must(approves(db, ref, "L2", life));
}

static bool preview_says(struct db *db, const char *ref, const char *words, TALLOC_CTX *life)
{
    const uint8_t *html = NULL;
    size_t length = 0;
    must(office_preview(db, PLAY.office, dossier_of(db, ref, life), "L2", &html, &length, life));
    return memmem(html, length, words, strlen(words)) != NULL;
}

/* In both packages from the draft on, for these bytes are approved; on the screen once it is sealed. */
static void a_letter_bears_the_seal_that_its_agency_has(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    const char *ref = searched(db, APPLICANT_NAME, ONE, 1, "not-found", life);
    proposes(db, ref, "i1", "{'outcome':'NA_NOTEXIST','reason':'未组织演练。'}", life);
    must(drafts(db, ref, "R07", NULL, NULL, life));
    says(part_of(life, db, ref, "L2", "odt", "Pictures/seal.png"), "PNG");
    says(part_of(life, db, ref, "L2", "docx", "word/media/seal.png"), "PNG");
    says(odt_of(life, db, ref, "L2"), "svg:width=\"119.05pt\""); /* 42 mm */
    assert_false(preview_says(db, ref, "alt=\"印章\"", life));
    reviewed(db, ref, "L2", life);
    ask(life,
        "INSERT INTO mingda.seal_picture (agency_id, number, png, millimetres) SELECT agency_id, 2, png || "
        "'\\x00', 45 FROM mingda.seal_picture WHERE agency_id = 1 AND number = 1");
    is_refused(approves(db, ref, "L2", life), "seal-changed", "更换了印章图样");
    does(db, ref, "lingdao", "leader", "returned", "L2", "{'reason':'请用现行印章'}");
    must(drafts(db, ref, "R07", "L2", NULL, life));
    says(odt_of(life, db, ref, "L2"), "svg:width=\"127.55pt\""); /* 45 mm */
    reviewed(db, ref, "L2", life);
    must(approves(db, ref, "L2", life));
    assert_false(preview_says(db, ref, "alt=\"印章\"", life));
    sealed(ref, "L2", DAY);
    assert_true(preview_says(db, ref, "class=\"seal large\" alt=\"印章\"", life));
    all_is_whole(DAY);
}

static const struct fault *dates(struct db *db, const char *ref, const char *child, const char *login,
                                 const char *role, int32_t *seq, TALLOC_CTX *life)
{
    const struct raising in = {
        .ref = ref, .child = child, .person = person_of(login), .roles = (const char *const[]){role, NULL}};
    db_scope_set(db, (struct db_scope){.agency = 1, .person = in.person});
    return office_letter_date(db, PLAY.office, &in, seq, life);
}

static const char *letter_row(const char *ref, const char *column, TALLOC_CTX *life)
{
    return ask(life,
               "SELECT %s FROM mingda.letter l JOIN mingda.dossier_number n USING (agency_id, dossier_id) "
               "WHERE n.ref = '%s' AND l.child = 'L2'",
               column, ref);
}

/* A letter bears the day on which it is signed (成文日期), and what is signed is what was read. */
static void a_letter_is_dated_when_it_is_approved(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    const char *ref = withheld(db, "方案尚未确定。", life);
    int32_t seq = 1;
    must(drafts(db, ref, "R06", NULL, NULL, life));
    must_fail(dates(db, ref, "L2", "chengban", "handler", &seq, life), "NOT_YOUR_ROLE");
    is_refused(dates(db, ref, "L2", "lingdao", "leader", &seq, life), "legal-review-first", "法制审核");
    reviewed(db, ref, "L2", life);
    must(dates(db, ref, "L2", "lingdao", "leader", &seq, life));
    assert_int_equal(seq, 0); /* it bears that day already */
    const char *first = letter_row(ref, "encode(odt, 'hex')", life);
    says(odt_of(life, db, ref, "L2"), ">2026年3月2日<");

    db = web_on(life, "2026-03-04");
    is_refused(approves(db, ref, "L2", life), "letter-date", "成文日期是2026-03-02，而签发之日是2026-03-04");
    is_refused(dates(db, ref, "L2", "chengban", "leader", &seq, life), "approver-not-drafter", "拟稿人");
    must(dates(db, ref, "L2", "lingdao", "leader", &seq, life));
    assert_int_equal(seq, (int)counted(talloc_asprintf(life,
                                                       "fact f JOIN mingda.dossier_number n USING "
                                                       "(agency_id, dossier_id) WHERE n.ref = '%s'",
                                                       ref)));
    assert_int_equal(facts_of(ref, "drafted"), 2); /* the receipt's and this one's: it is not drafted anew */
    assert_int_equal(facts_of(ref, "dated"), 1);
    assert_string_not_equal(letter_row(ref, "encode(odt, 'hex')", life), first);
    assert_string_equal(letter_row(ref, "drafted", life), "2026-03-04");
    says(odt_of(life, db, ref, "L2"), ">2026年3月4日<");
    assert_null(strstr(odt_of(life, db, ref, "L2"), ">2026年3月2日<"));
    says(part_of(life, db, ref, "L2", "docx", "word/document.xml"), "2026年3月4日</w:t>");
    must(office_letter_again(db, PLAY.office, dossier_of(db, ref, life), "L2", life));
    /* both pairs of packages stay, each with its code and its clauses */
    assert_int_equal(counted(talloc_asprintf(life, "blob WHERE encode(sha256, 'hex') = '%s'", first)), 1);
    static const char *const TABLES[] = {"letter_code", "clause_use"};
    for (size_t i = 0; i < COUNT(TABLES); i++)
        assert_int_equal(counted(talloc_asprintf(life,
                                                 "(SELECT DISTINCT x.odt FROM mingda.%s x JOIN "
                                                 "mingda.dossier_number n USING (agency_id, dossier_id) "
                                                 "WHERE n.ref = '%s' AND x.child = 'L2') y",
                                                 TABLES[i], ref)),
                         2);
    /* what was read before is not approved any more */
    const char *seen = talloc_asprintf(life, "{'odt':'%s','docx':'%s'}", first, first);
    must_fail(raise_as(db, ref, (struct doing){"lingdao", "leader", "approved", "L2", seen}, NULL, life),
              "LETTER_CHANGED");
    must(approves(db, ref, "L2", life));
    assert_string_equal(letter_row(ref, "approved_seq IS NOT NULL", life), "t");
    is_refused(dates(web_on(life, "2026-03-05"), ref, "L2", "lingdao", "leader", &seq, life),
               "not-in-this-state", "");
    all_is_whole("2026-03-04");
}

/* What changed in the dossier is not slipped in with the day. */
static void a_letter_is_not_dated_over_what_is_wrong_with_it(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    const char *ref = withheld(db, "方案尚未确定。", life);
    int32_t seq = 0;
    must(drafts(db, ref, "R06", NULL, NULL, life));
    reviewed(db, ref, "L2", life);
    db = web_on(life, "2026-03-04");
    does(db, ref, "chengban", "handler", "consultation-sent",
         .data = "{'to':'third-party','about':'是否同意公开'}");
    is_refused(dates(db, ref, "L2", "lingdao", "leader", &seq, life), "letter-outdated", "征求过第三方意见");
    assert_int_equal(facts_of(ref, "dated"), 0);
    all_is_whole("2026-03-04");
}

static void three_hundred_items_are_answered_in_one_letter(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *items[300];
    struct db *db = web_on(life, DAY);
    for (size_t i = 0; i < COUNT(items); i++)
        items[i] = talloc_asprintf(life, "第%zu号储备库的年度盘点表", i + 1);
    const char *ref = searched(db, APPLICANT_NAME, items, COUNT(items), "not-found", life);
    for (size_t i = 0; i < COUNT(items); i++) {
        SCOPED_LIFE(scratch);
        must(raise_as(
            db, ref,
            (struct doing){
                "chengban", "handler", "outcome-proposed", talloc_asprintf(scratch, "i%zu", i + 1),
                talloc_asprintf(scratch, "{'outcome':'NA_NOTEXIST','reason':'第%zu号未盘点。'}", i + 1)},
            NULL, scratch));
    }
    must(drafts(db, ref, "R07", NULL, NULL, life));
    const char *odt = odt_of(life, db, ref, "L2");
    says(odt, "第1号储备库的年度盘点表");
    says(odt, "第300号储备库的年度盘点表");
    says(odt, "第300号未盘点。");
    reviewed(db, ref, "L2", life);
    must(approves(db, ref, "L2", life));
    all_is_whole(DAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_gives_kind_reason_and_review_first),
        cmocka_unit_test(an_absence_tells_of_the_search),
        cmocka_unit_test(asking_for_a_correction_is_told_by_serving_the_notice),
        cmocka_unit_test(an_extension_is_told_with_both_days),
        cmocka_unit_test(words_that_the_law_does_not_know_stop_the_letter),
        cmocka_unit_test(a_value_that_is_missing_stops_the_letter_with_its_line),
        cmocka_unit_test(what_was_typed_is_printed),
        cmocka_unit_test(a_clause_that_changes_under_a_draft_is_noticed),
        cmocka_unit_test(a_clause_with_wrong_words_stops_every_letter),
        cmocka_unit_test(a_dossier_that_moves_on_under_a_letter_is_noticed),
        cmocka_unit_test(a_letter_bears_the_seal_that_its_agency_has),
        cmocka_unit_test(a_letter_is_dated_when_it_is_approved),
        cmocka_unit_test(a_letter_is_not_dated_over_what_is_wrong_with_it),
        cmocka_unit_test(three_hundred_items_are_answered_in_one_letter),
    };
    return cmocka_run_group_tests(tests, play_open, play_close);
}
