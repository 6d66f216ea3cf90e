/* Every letter and every internal sheet of the catalogue (statute 5.1) is composed from the facts of a
 * dossier that was walked to it, so that no slot of a template stays empty that the law asks for. */
#include "office_play.h"
#include "package.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DAY      "2026-03-02"

/* ---- the way to a letter ---- */

struct walk {
    TALLOC_CTX *life;
    const char *ref, *day;
    struct db *db;
};

static struct walk begun(TALLOC_CTX *life)
{
    struct walk w = {.life = life, .day = DAY, .db = web_on(life, DAY)};
    static const char *const items[] = {REQUEST_TEXT};
    json_t *applicant = json_adopt(life, json_pack("{s:s,s:s,s:s,s:s,s:s}", "name", APPLICANT_NAME, "id_kind",
                                                   "id-card", "id_number", APPLICANT_NUMBER, "phone",
                                                   "021-55555555", "address", "上海市演示路1号"));
    struct receipt receipt = {0};
    const struct application in = {.agency = 1,
                                   .channel = "web",
                                   .category = "natural",
                                   .delivery = "electronic",
                                   .applicant = applicant,
                                   .items = items,
                                   .item_count = 1,
                                   .submission = facts_submission_id(life),
                                   .role = "applicant"};
    must(office_submit(w.db, PLAY.office, &in, &receipt, life));
    w.ref = receipt.ref;
    return w;
}

static void day_is(struct walk *w, const char *day)
{
    w->day = day;
    w->db = web_on(w->life, day);
}

static void step(const struct walk *w, const char *login, const char *role, const char *kind,
                 const char *child, const char *data)
{
    const struct fault *f =
        raise_as(w->db, w->ref, (struct doing){login, role, kind, child, data}, NULL, w->life);
    if (f)
        fail_msg("%s %s: %s %s", w->ref, kind, f->refusal ? f->refusal->rule : "", fault_text(w->life, f));
}
#define HANDLER "chengban", "handler"
#define CLERK   "shouli", "clerk"
#define LEGAL   "fagui", "legal"

static struct walk handled(TALLOC_CTX *life)
{
    struct walk w = begun(life);
    step(&w, CLERK, "registered", NULL, NULL);
    step(&w, CLERK, "assigned", NULL,
         talloc_asprintf(life, "{'handler':'%lld'}", (long long)person_of("chengban")));
    return w;
}

static void searched(const struct walk *w, const char *result)
{
    step(w, HANDLER, "search-recorded", NULL,
         talloc_asprintf(
             w->life, "{'result':'%s','where':'综合档案室、业务系统','keywords':'演练 隐患','strategies':2}",
             result));
    step(w, CLERK, "search-confirmed", NULL, NULL);
}

static const char *drafted(const struct walk *w, const char *code)
{
    const struct dossier *d = dossier_of(w->db, w->ref, w->life);
    const char *child = standing_next_child(w->life, d->standing, edition_child(d->law->edition, "letter"));
    step(w, HANDLER, "drafted", NULL, talloc_asprintf(w->life, "{'template':'%s'}", code));
    return child;
}

static void sent(const struct walk *w, const char *child, const char *how)
{
    size_t count = 0;
    step(w, LEGAL, "review-passed", child, "{'opinion':'同意'}");
    const struct fact *draft = standing_fact(dossier_of(w->db, w->ref, w->life)->standing, "drafted", child);
    step(w, "lingdao", "leader", "approved", child,
         talloc_asprintf(w->life, "{'odt':'%s','docx':'%s'}", fact_text(draft, "odt"),
                         fact_text(draft, "docx")));
    ask(w->life,
        "INSERT INTO mingda.sealed (agency_id, dossier_id, child, odt, docx, odt_p7s, docx_p7s, certificate, "
        "journal) "
        "SELECT l.agency_id, l.dossier_id, l.child, '\\x01', '\\x02', '', '', sha256('c'), '{}' FROM "
        "mingda.letter l JOIN "
        "mingda.dossier_number n USING (agency_id, dossier_id) WHERE n.ref = '%s' AND l.child = '%s'",
        w->ref, child);
    must(office_wake(db_on(w->life, "clock", w->day), PLAY.office, 1, &count, w->life));
    step(w, CLERK, how, child, "{'method':'mail','tracking':'XA12345678931','evidence':'邮政回执存卷'}");
}

/* ---- letters on the way ---- */

static void notices(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct walk w = handled(life);
    step(&w, HANDLER, "correction-decided", NULL,
         "{'reply-by':'2026-03-16','what':'请写明信息的名称或者文号'}");
    drafted(&w, "D02");

    w = handled(life);
    step(&w, "chuzhang", "division-head", "extension-granted", NULL,
         "{'workdays':10,'reason':'需要查阅历史档案'}");
    drafted(&w, "D03");

    w = handled(life);
    step(&w, HANDLER, "consultation-decided", NULL,
         "{'to':'third-party','recipient':'某化工公司','interest':'trade-secret','about':'工艺参数'}");
    drafted(&w, "D04");
    w = handled(life);
    step(&w, HANDLER, "consultation-sent", NULL,
         "{'to':'third-party','recipient':'某化工公司','about':'工艺参数'}");
    drafted(&w, "D05");
    w = handled(life);
    step(&w, HANDLER, "consultation-decided", NULL,
         "{'to':'co-author','recipient':'市生态环境局','about':'联合印发的通知'}");
    drafted(&w, "D06");
    w = handled(life);
    step(&w, HANDLER, "inquiry-sent", NULL,
         "{'recipient':'危化处','what':'演练记录','reply-by':'2026-03-09'}");
    drafted(&w, "D07");

    w = handled(life);
    step(&w, HANDLER, "reasons-decided", NULL, "{'facts':'本月已提出60件','reply-by':'2026-03-12'}");
    drafted(&w, "D08");
    step(&w, CLERK, "reasons-asked", NULL, "{'facts':'本月已提出60件','reply-by':'2026-03-12'}");
    step(&w, NULL, "applicant", "reasons-given", NULL, "{'text':'研究需要'}");
    step(&w, HANDLER, "delay-decided", NULL, "{'until':'2026-06-30','reason':'数量较大'}");
    drafted(&w, "D09");

    w = handled(life);
    step(&w, HANDLER, "fee-decided", NULL, "{'basis':'pages','quantity':128,'how':'到窗口缴纳'}");
    drafted(&w, "D10");
    all_is_whole(DAY);
}

static void notices_to_others(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct walk w = handled(life);
    step(&w, HANDLER, "consultation-sent", NULL,
         "{'to':'third-party','recipient':'某化工公司','about':'工艺参数'}");
    step(&w, HANDLER, "consultation-delivered", "t1", NULL);
    step(&w, HANDLER, "consultation-answered", "t1", "{'answer':'objects','reasons':'涉及商业秘密'}");
    step(&w, HANDLER, "disclosure-decided", "t1",
         "{'what':'演练记录','reason':'不涉及工艺参数','not-before':'2026-03-16'}");
    drafted(&w, "N04");

    w = handled(life);
    step(&w, NULL, "applicant", "rectification-asked", NULL, "{'what':'姓名有误','proof':'户口簿'}");
    step(&w, HANDLER, "rectification-decided", NULL,
         "{'result':'forwarded','organ':'市公安局','reason':'由该局登记'}");
    drafted(&w, "N05");

    w = handled(life);
    step(&w, HANDLER, "proactive-proposed", NULL,
         "{'name':'应急演练计划','index':'AA0001-2026-001','made':'2025-12-01','summary':'年度计划','reason':"
         "'多人申请','secrecy':'"
         "已经审查'}");
    drafted(&w, "N06");
}

static void endings(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct walk w = begun(life);
    step(&w, CLERK, "registered", NULL, NULL);
    step(&w, CLERK, "correction-notified", NULL,
         "{'reply-by':'2026-03-16','what':'请写明名称','delivered':'2026-03-02'}");
    step(&w, CLERK, "correction-delivered", NULL, NULL);
    day_is(&w, "2026-03-17");
    step(&w, CLERK, "abandoned", NULL, NULL);
    drafted(&w, "N01");

    w = handled(life);
    step(&w, CLERK, "fee-notified", NULL,
         "{'basis':'pages','quantity':128,'amount':126000,'how':'到窗口缴纳'}");
    step(&w, CLERK, "fee-delivered", NULL, NULL);
    day_is(&w, "2026-04-02");
    step(&w, CLERK, "abandoned", NULL, NULL);
    drafted(&w, "N02");

    w = handled(life);
    step(&w, NULL, "applicant", "withdrawn", NULL, "{'reason':'不再需要'}");
    drafted(&w, "N03");
}

/* ---- replies ---- */

#define REFUSED "'reason':'经审查','no-duty':true,'separation':'inseparable','parts':'逐页审查'"
static const struct reply {
    const char *code, *before, *outcome; /* before: result of the search, or ground for none */
} REPLIES[] = {
    {"R01", "published",
     "{'outcome':'OPEN_PUBLISHED','reason':'已经公开','where':'本机关网站','checked-on':'" DAY "'}"},
    {"R04", "found",
     "{'outcome':'DENY_SECRET'," REFUSED ",'level':'secret','secret-number':'A-1','secret-period':'10年',"
     "'secret-basis':'保密事项范围'}"},
    {"R04", "found", "{'outcome':'DENY_LAW'," REFUSED ",'law':'统计法第二十五条'}"},
    {"R04", "found", "{'outcome':'DENY_3S1W'," REFUSED ",'harm':'危及公共安全'}"},
    {"R06", "found", "{'outcome':'DENY_INTERNAL'," REFUSED ",'kind':'personnel'}"},
    {"R06", "found", "{'outcome':'DENY_PROCESS'," REFUSED ",'kind':'minutes'}"},
    {"R06", "found", "{'outcome':'DENY_CASEFILE'," REFUSED "}"},
    {"R07", "not-found", "{'outcome':'NA_NOTEXIST','reason':'经检索没有'}"},
    {"R08", "not-ours",
     "{'outcome':'NA_NOTOURS','reason':'由其他机关制作','organ':'市公安局','organ-contact':'021-0','duty-"
     "rule':"
     "'三定规定第三条'}"},
    {"R09", "found", "{'outcome':'NA_CREATE','reason':'没有现成信息','work':'需要逐件统计'}"},
    {"R11", "petition",
     "{'outcome':'NP_PETITION','reason':'属于投诉','petition':'complaint','where':'信访办','no-record':"
     "true}"},
    {"R12", "repeat",
     "{'outcome':'NP_REPEAT','reason':'已经答复','earlier-number':'演示〔2026〕1号','earlier-on':'2026-01-15'"
     ","
     "'earlier-proof':'邮政回执','same-information':true}"},
    {"R13", "publication", "{'outcome':'NP_PUBLICATION','reason':'公开出版物','where':'新华书店'}"},
    {"R15", "special-regime",
     "{'outcome':'DENY_QUERY','reason':'属于查询','law':'不动产登记暂行条例','organ':'不动产登记中心'}"},
    {"R16", "inquiry",
     "{'outcome':'OT_OTHER','reason':'属于咨询','inquiry':'question','answer':'请拨打12350'}"},
    {"R17", "confirm",
     "{'outcome':'NP_CONFIRM','reason':'已经提供','earlier-number':'演示〔2026〕1号','earlier-on':'2026-01-"
     "15'}"},
};

static void replies(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(REPLIES); i++) {
        SCOPED_LIFE(life);
        const struct reply *r = &REPLIES[i];
        struct walk w = handled(life);
        if (strstr(r->before, "found"))
            searched(&w, r->before);
        else
            step(&w, HANDLER, "search-not-needed", NULL,
                 talloc_asprintf(life, "{'ground':'%s','note':'经初审认定'}", r->before));
        step(&w, HANDLER, "outcome-proposed", "i1", r->outcome);
        drafted(&w, r->code);
    }
    all_is_whole(DAY);
}

static void cleared(const struct walk *w)
{
    searched(w, "found");
    step(w, HANDLER, "secrecy-proposed", NULL, "{'item':'i1','level':'release','basis':'不涉密'}");
    step(w, "baomi", "secrecy", "secrecy-decided", "s1", "{'result':'release','opinion':'同意公开'}");
}

static void redacted(const struct walk *w)
{
    step(w, HANDLER, "redaction-recorded", "i1", "{'redacted':'none-needed','metadata-removed':true}");
}

static void replies_with_more_before_them(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct walk w = handled(life);
    cleared(&w);
    step(&w, HANDLER, "outcome-proposed", "i1", "{'outcome':'OPEN_PROVIDE','reason':'可以公开'}");
    redacted(&w);
    drafted(&w, "R02");

    w = handled(life);
    cleared(&w);
    step(&w, HANDLER, "outcome-proposed", "i1",
         "{'outcome':'PARTIAL','reason':'区分处理','given':'演练时间和地点','withheld':'联系电话','ground':'"
         "DENY_THIRD','interest':"
         "'privacy','opinion':'silent','harm':'泄露个人隐私','public-interest':'不涉及'}");
    redacted(&w);
    drafted(&w, "R03");

    w = handled(life);
    step(&w, HANDLER, "consultation-sent", NULL,
         "{'to':'third-party','recipient':'某化工公司','about':'工艺参数'}");
    step(&w, HANDLER, "consultation-delivered", "t1", NULL);
    step(&w, HANDLER, "consultation-answered", "t1", "{'answer':'objects','reasons':'涉及商业秘密'}");
    searched(&w, "found");
    step(&w, HANDLER, "outcome-proposed", "i1",
         "{'outcome':'DENY_THIRD'," REFUSED
         ",'interest':'trade-secret','opinion':'objects','harm':'损害竞争','public-interest':"
         "'不涉及重大公共利益'}");
    drafted(&w, "R05");

    w = begun(life);
    step(&w, CLERK, "registered", NULL, NULL);
    step(&w, CLERK, "correction-notified", NULL, "{'reply-by':'2026-03-16','what':'请写明名称'}");
    step(&w, NULL, "applicant", "correction-received", NULL, "{'text':'全部材料'}");
    step(&w, CLERK, "assigned", NULL,
         talloc_asprintf(life, "{'handler':'%lld'}", (long long)person_of("chengban")));
    step(&w, HANDLER, "search-not-needed", NULL, "{'ground':'unclear','note':'仍不明确'}");
    step(&w, HANDLER, "outcome-proposed", "i1", "{'outcome':'NA_UNCLEAR','reason':'仍不能确定所指信息'}");
    drafted(&w, "R10");

    w = handled(life);
    step(&w, CLERK, "reasons-asked", NULL, "{'facts':'本月已提出60件','reply-by':'2026-03-12'}");
    step(&w, NULL, "applicant", "reasons-given", NULL, "{'text':'兴趣'}");
    step(&w, HANDLER, "search-not-needed", NULL, "{'ground':'excess','note':'理由不合理'}");
    step(&w, HANDLER, "outcome-proposed", "i1", "{'outcome':'NP_EXCESS','reason':'理由不合理'}");
    drafted(&w, "R14");
}

/* ---- afterwards ---- */

static const char *text_of(const struct walk *w, const char *child)
{
    const char *hex =
        fact_text(standing_fact(dossier_of(w->db, w->ref, w->life)->standing, "drafted", child), "odt");
    const char *bytes =
        ask(w->life, "SELECT encode(bytes, 'hex') FROM mingda.blob WHERE sha256 = '\\x%s'", hex);
    size_t length = strlen(bytes) / 2;
    uint8_t *raw = talloc_array(w->life, uint8_t, length + 1);
    struct package *p = NULL;
    for (size_t i = 0; i < length; i++)
        raw[i] = (uint8_t)strtoul((const char[]){bytes[2 * i], bytes[2 * i + 1], '\0'}, NULL, 16);
    must(package_read(w->life, raw, length, &PACKAGE_LIMITS, &p));
    const struct package_entry *entry = package_find(p, "content.xml");
    assert_non_null(entry);
    return talloc_strndup(w->life, (const char *)entry->data, entry->size);
}

static void says(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("it does not say “%s”", words);
}

static void review_court_and_redo(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct walk w = handled(life);
    step(&w, LEGAL, "conference-held", NULL,
         "{'participants':'法规处、危化处','issues':'是否过程性信息','conclusion':'属于过程性信息'}");
    step(&w, "chuzhang", "division-head", "reminder-sent", NULL,
         "{'what':'请抓紧办理','reply-by':'2026-03-20'}");
    cleared(&w);
    step(&w, HANDLER, "outcome-proposed", "i1", "{'outcome':'DENY_PROCESS'," REFUSED ",'kind':'minutes'}");
    sent(&w, drafted(&w, "R06"), "served");
    day_is(&w, "2026-03-23");
    step(&w, LEGAL, "reconsideration-filed", NULL, "{'number':'沪府复〔2026〕9号'}");
    step(&w, LEGAL, "reconsideration-replied", "v1",
         "{'representative':'李明，局长','agent':'赵文，法规处','request':'请求维持','facts':'经检索审查','"
         "grounds':'条例第十六条'}");
    const char *answer = drafted(&w, "A01");
    const char *text = text_of(&w, answer);
    static const char *const EVIDENCE[] = {"政府信息公开申请（2026年3月2日）",
                                           "检索记录（2026年3月2日）",
                                           "履行检索义务",
                                           "会商纪要（2026年3月2日）",
                                           "》（",
                                           "）：答复及送达凭证（2026年3月2日）",
                                           "在法定期限内答复并送达",
                                           "李明，局长",
                                           "沪府复〔2026〕9号"};
    for (size_t i = 0; i < COUNT(EVIDENCE); i++)
        says(text, EVIDENCE[i]);
    sent(&w, answer, "notice-served");
    step(&w, LEGAL, "reconsideration-decided", "v1", "{'result':'upheld','number':'沪府复决〔2026〕9号'}");
    step(&w, LEGAL, "lawsuit-notified", NULL, "{'route':'after-review'}");
    step(&w, LEGAL, "lawsuit-answered", "c1",
         "{'representative':'李明，局长','agent':'赵文，法规处','request':'请求驳回','facts':'经检索审查','"
         "grounds':'条例第十六条'}");
    says(text_of(&w, drafted(&w, "A02")), "答复及送达凭证");
    step(&w, LEGAL, "court-ruled", "c1", "{'result':'corrected','number':'（2026）沪71行初1号'}");
    step(&w, LEGAL, "court-order", NULL,
         "{'workdays':20,'by':'court','organ':'上海铁路运输法院','number':'（2026）沪71行初1号','result':'"
         "revoked'}");
    step(&w, HANDLER, "outcome-redone", "i1", "{'outcome':'OPEN_PROVIDE','reason':'可以公开'}");
    redacted(&w);
    const struct dossier *d = dossier_of(w.db, w.ref, life);
    const char *child = standing_next_child(life, d->standing, edition_child(d->law->edition, "letter"));
    step(&w, HANDLER, "drafted", NULL, "{'template':'A03','difference':'改为予以公开'}");
    says(text_of(&w, child), "改为予以公开");
    all_is_whole("2026-03-23");
}

/* ---- the whole catalogue ---- */

/* Sheets of a dossier, each in each format; *printed: which codes. */
static void print_sheets(const char *ref, char *printed, TALLOC_CTX *life)
{
    static const char *const FORMATS[] = {"odt", "docx", "html"};
    struct db *db = web_on(life, "2026-04-02");
    const struct dossier *d = dossier_of(db, ref, life);
    const struct sheet *all = NULL;
    size_t count = 0;
    must(office_sheets(d, &all, &count, life));
    for (size_t i = 0; i < count; i++)
        for (size_t f = 0; f < COUNT(FORMATS); f++) {
            const uint8_t *bytes = NULL;
            size_t length = 0;
            const struct fault *wrong = office_sheet(db, PLAY.office, d, all[i].kind->code, all[i].child,
                                                     FORMATS[f], &bytes, &length, life);
            if (wrong && wrong->refusal) /* an outcome that is not there yet */
                continue;
            must(wrong);
            assert_true(length > 1000);
            printed[all[i].kind - d->law->edition->letters] = 1;
        }
    const uint8_t *bytes = NULL;
    size_t length = 0;
    must_fail(office_sheet(db, PLAY.office, d, "R02", NULL, "odt", &bytes, &length, life), "SHEET_ABSENT");
    must_fail(office_sheet(db, PLAY.office, d, "I03", NULL, "exe", &bytes, &length, life), "SHEET_ABSENT");
}

static void nothing_of_the_catalogue_is_left_out(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edition *e = office_law(PLAY.office, "cn-2019")->edition;
    char *printed = talloc_zero_array(life, char, e->letter_count + 1);
    size_t missing = 0;
    assert_int_equal(e->letter_count, 42);
    for (long n = counted("dossier WHERE agency_id = 1"); n-- > 0;) {
        SCOPED_LIFE(one);
        print_sheets(
            ask(one,
                "SELECT ref FROM mingda.dossier WHERE agency_id = 1 ORDER BY dossier_id LIMIT 1 OFFSET %ld",
                n),
            printed, one);
    }
    for (size_t i = 0; i < e->letter_count; i++) {
        const char *code = e->letters[i].code;
        bool there = e->letters[i].sheet
                         ? printed[i]
                         : counted(talloc_asprintf(life, "letter WHERE template = '%s'", code)) > 0;
        if (!there)
            print_error("%s %s was not composed from any dossier\n", code, e->letters[i].label.zh);
        missing += !there;
    }
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notices),
        cmocka_unit_test(notices_to_others),
        cmocka_unit_test(endings),
        cmocka_unit_test(replies),
        cmocka_unit_test(replies_with_more_before_them),
        cmocka_unit_test(review_court_and_redo),
        cmocka_unit_test(nothing_of_the_catalogue_is_left_out),
    };
    return cmocka_run_group_tests(tests, play_open, play_close);
}
