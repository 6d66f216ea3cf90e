/* routes_verify.c - /verify: a file, or the code that is printed on a letter, held against the register of
 * all agencies, and the file's signature judged as strictly as `mingda letter verify` does. Nothing is stored
 * of what is sent here. The register says which letter it is, never for whom. */
#include <string.h>
#include <strings.h>
#include "crypt.h"
#include "db.h"
#include "house.h"
#include "life.h"
#include "routes_verify.h"
#include "runner.h"
#include "session.h"
#include "text.h"
#include "verify.h"
#include "verify_code.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MIB      ((int64_t)1 << 20)

static const struct field FIELDS[] = {
    {.name = "file",
     .kind = FIELD_FILE,
     .max = 10 * MIB,
     .zh = "文书文件",
     .en = "The letter's file",
     .hint_zh = "收到的 ODT 或者 DOCX 文件，请不要打开后另存。",
     .hint_en = "The ODT or DOCX as you got it; do not save it anew from an office program."},
    {.name = "signature",
     .kind = FIELD_FILE,
     .max = MIB,
     .zh = "签名文件（.p7s）或者时间戳文件（.tsr）",
     .en = "Signature file (.p7s) or timestamp file (.tsr)",
     .hint_zh = "随文书一起下载的签名文件，没有可以不选。",
     .hint_en = "The file that came beside it; leave it out if you have none."},
    {.name = "code",
     .kind = FIELD_TEXT,
     .min = 0,
     .max = 60,
     .zh = "验证码",
     .en = "Verification code",
     .hint_zh = "印在文书末尾，16位字母和数字，例如 7K3M-9QXR-2BCD-WFGH。",
     .hint_en = "Printed at the end of the letter: 16 letters and digits, such as 7K3M-9QXR-2BCD-WFGH."},
};
const struct form_table FORM_VERIFY = {
    .name = "verify", .fields = FIELDS, .count = COUNT(FIELDS), .has_files = true};

static const struct field SEARCH[] = {
    {.name = "code", .kind = FIELD_TEXT, .min = 0, .max = 60, .zh = "验证码", .en = "Verification code"},
};
const struct form_table SEARCH_VERIFY = FORM_TABLE("verify", SEARCH);

/* What was found, for the providers of the page. */
struct found_out {
    bool by_code;
    const struct table *issued; /* SEALED_BY_DIGEST or SEALED_BY_CODE; or NULL */
    const struct upload *file;  /* NULL: nothing was sent */
    enum verify_kind kind;
    const char *misnamed; /* the ending that the file's name has and its bytes have not; or NULL */
    const char *digest;
    const struct verify_report *report; /* of the letter, or of the .p7s where the file is of another kind */
    const struct verify_report *beside; /* of the .p7s beside a letter */
};

/* ---- the register ---- */

static const struct fault *by_code(struct exchange *ex, const char *typed, struct found_out *out)
{
    char code[VERIFY_CODE_TEXT];
    uint8_t digest[CRYPT_HASH];
    struct table *t = NULL;
    TRY(attempt_begin(ex, "verify", typed));
    if (verify_code_read(typed, code)) {
        crypt_sha256(code, strlen(code), digest);
        TRY(query_sealed_by_code(ex->db, (struct query_bytes){digest, sizeof digest}, &t, ex->life));
    }
    if (!t || !t->row_count) {
        TRY(attempt_failed(ex, "verify"));
        form_wrong(ex->form, "code", "VERIFY_CODE_WRONG");
        return form_fault(ex->life, ex->form);
    }
    TRY(attempt_held(ex, "verify", typed));
    *out = (struct found_out){.by_code = true, .issued = t};
    return NULL;
}

/* ---- the file ---- */

static struct seal_file bytes_of(const struct upload *u)
{
    return (struct seal_file){u->bytes, u->length};
}

/* The ending of the name, where it is that of another kind of file than the bytes are. */
static const char *misnamed(const char *name, enum verify_kind kind)
{
    static const char *const ENDINGS[] = {"odt", "docx", "p7s", "tsr", "pdf", "doc"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < COUNT(ENDINGS); i++)
        if (strcasecmp(dot + 1, ENDINGS[i]) == 0)
            return strcmp(ENDINGS[i], verify_kind_word(kind)) == 0 ? NULL : ENDINGS[i];
    return NULL;
}

static int64_t moment_of(const struct table *t, const char *name)
{
    const struct cell *c = table_cell(t, 0, name);
    return c && !c->null ? c->number : 0;
}

static const struct fault *policy_now(struct exchange *ex, struct verify_policy *policy)
{
    struct table *t = NULL;
    TRY(query_verify_moment(ex->db, &t, ex->life));
    *policy = (struct verify_policy){.roots = ex->house->roots,
                                     .root_count = ex->house->root_count,
                                     .stamp_roots = ex->house->stamp_roots,
                                     .stamp_root_count = ex->house->stamp_root_count,
                                     .now = moment_of(t, "moment") / 1000000,
                                     .at = VERIFY_AT_SIGNING};
    return NULL;
}

static const struct fault *judge(struct exchange *ex, const struct upload *signature, struct found_out *out)
{
    struct verify_policy policy;
    struct seal_file file = bytes_of(out->file);
    bool letter =
        out->kind != VERIFY_KIND_PDF && out->kind != VERIFY_KIND_DOC && out->kind != VERIFY_KIND_OTHER;
    bool stamp = signature && verify_kind_of(bytes_of(signature)) == VERIFY_KIND_TSR;
    TRY(policy_now(ex, &policy));
    if (signature)
        TRY((stamp ? verify_stamp : verify_cms)(bytes_of(signature), file, &policy,
                                                letter ? &out->beside : &out->report, ex->life));
    return letter || !signature ? verify_package(file, &policy, &out->report, ex->life) : NULL;
}

static const struct fault *by_file(struct exchange *ex, const struct upload *file,
                                   const struct upload *signature, struct found_out *out)
{
    uint8_t digest[CRYPT_HASH];
    struct table *t = NULL;
    crypt_sha256(file->bytes, file->length, digest);
    *out = (struct found_out){.file = file,
                              .kind = verify_kind_of(bytes_of(file)),
                              .digest = text_hex(ex->life, digest, sizeof digest)};
    out->misnamed = misnamed(file->name, out->kind);
    TRY_MEMORY(out->digest);
    TRY(query_sealed_by_digest(ex->db, (struct query_bytes){digest, sizeof digest}, &t, ex->life));
    out->issued = t->row_count ? t : NULL;
    return judge(ex, signature, out);
}

static bool speaks_of_another(const struct upload *u)
{
    enum verify_kind kind = verify_kind_of(bytes_of(u));
    return kind == VERIFY_KIND_P7S || kind == VERIFY_KIND_TSR;
}

/* Letter and signature in the wrong fields are taken as meant; a signature alone says nothing. */
static const struct fault *files_of(struct exchange *ex, const struct upload **file,
                                    const struct upload **signature)
{
    const struct upload *first = form_file(ex->form, "file"), *second = form_file(ex->form, "signature");
    bool swapped = first && speaks_of_another(first) && !(second && speaks_of_another(second));
    *file = swapped ? second : first;
    *signature = swapped ? first : second;
    if (*file)
        return NULL;
    form_wrong(ex->form, "file", *signature ? "VERIFY_ALONE" : "VERIFY_NOTHING");
    return form_fault(ex->life, ex->form);
}

/* ---- the doors ---- */

static const struct fault *found_out(struct exchange *ex, const char *code)
{
    struct found_out *out = talloc_zero(ex->life, struct found_out);
    const struct upload *file = NULL, *signature = NULL;
    TRY_MEMORY(out);
    bool any = ex->method == METHOD_POST && (form_file(ex->form, "file") || form_file(ex->form, "signature"));
    if (!any && code) {
        TRY(by_code(ex, code, out));
    } else {
        TRY(files_of(ex, &file, &signature));
        TRY(by_file(ex, file, signature, out));
    }
    ex->state = out;
    return NULL;
}

const struct fault *show_verify(struct exchange *ex)
{
    const char *code = form_text(ex->search, "code");
    if (!code)
        return NULL;
    form_fill(ex->form, "code", code);
    const struct fault *f = found_out(ex, code);
    return f && f->kind == FAULT_INPUT && !ex->wants_json ? page_run(ex, ex->route, 422) : f;
}

const struct fault *act_verify(struct exchange *ex)
{
    return found_out(ex, form_text(ex->form, "code"));
}

/* ---- what the page shows ---- */

static struct cell text_cell(const struct table *t, const char *name)
{
    return cell_text(table_text(t, 0, name));
}

static struct cell hex_cell(struct exchange *ex, const struct table *t, const char *name)
{
    const struct cell *c = table_cell(t, 0, name);
    return cell_text(c && !c->null ? text_hex(ex->life, c->bytes.data, c->bytes.length) : NULL);
}

static const struct column ISSUED_COLUMNS[] = {
    {"by_code", CELL_BOOL, false}, {"agency", CELL_TEXT, false},     {"title", CELL_TEXT, true},
    {"number", CELL_TEXT, false},  {"dated", CELL_DAY, false},       {"sealed", CELL_MOMENT, false},
    {"which", CELL_TEXT, true},    {"odt_sha256", CELL_TEXT, false}, {"docx_sha256", CELL_TEXT, false},
};

static const struct fault *show_issued(struct exchange *ex, const struct table **out)
{
    const struct found_out *found = ex->state;
    struct table *t = table_new(ex->life, ISSUED_COLUMNS, COUNT(ISSUED_COLUMNS));
    TRY_MEMORY(t);
    *out = t;
    if (!found || !found->issued)
        return NULL;
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row);
    row[0] = cell_flag(found->by_code);
    row[1] = text_cell(found->issued, "agency_name");
    row[2] = text_cell(found->issued, "title");
    row[3] = text_cell(found->issued, "number");
    row[4] = cell_day(table_day(found->issued, 0, "dated"));
    row[5] = cell_moment(moment_of(found->issued, "sealed"));
    row[6] = found->by_code ? cell_null(CELL_TEXT) : text_cell(found->issued, "which");
    row[7] = hex_cell(ex, found->issued, "odt_sha256");
    row[8] = hex_cell(ex, found->issued, "docx_sha256");
    return NULL;
}
const struct provider SHOW_ISSUED = {{"issued", ISSUED_COLUMNS, COUNT(ISSUED_COLUMNS), true, NULL, 0},
                                     show_issued};

/* One word for the page's first sentence. */
static const char *verdict(const struct found_out *found)
{
    const struct verify_report *r = found->report;
    bool other = found->kind == VERIFY_KIND_PDF || found->kind == VERIFY_KIND_DOC ||
                 found->kind == VERIFY_KIND_ZIP || found->kind == VERIFY_KIND_OTHER;
    if (found->issued)
        return "issued";
    if (verify_perfect(r))
        return "sound";
    if (r->signature == VERIFY_VALID)
        return "doubtful";
    if (other && !r->signer)
        return "no-letter";
    return r->signature == VERIFY_INVALID ? "changed" : "unsigned";
}

#define REPORT_COLUMNS                                                                                       \
    {"signature", CELL_TEXT, false}, {"trust", CELL_TEXT, false}, {"covers_all", CELL_BOOL, false},          \
        {"signer", CELL_TEXT, true}, {"subject", CELL_TEXT, true}, {"serial", CELL_TEXT, true},              \
        {"signed_at", CELL_MOMENT, true}, {"stated_at", CELL_MOMENT, true}, {"stamped", CELL_BOOL, false},   \
    {                                                                                                        \
        "authority", CELL_TEXT, true                                                                         \
    }
enum { REPORT_CELLS = 10 };

static void report_cells(const struct verify_report *r, struct cell *row)
{
    row[0] = cell_text(verify_signature_word(r->signature));
    row[1] = cell_text(verify_trust_word(r->trust));
    row[2] = cell_flag(r->covers_all);
    row[3] = cell_text(r->signer);
    row[4] = cell_text(r->subject);
    row[5] = cell_text(r->serial);
    row[6] = r->signed_at ? cell_moment(r->signed_moment * 1000000) : cell_null(CELL_MOMENT);
    row[7] = r->stated_at ? cell_moment(r->stated_moment * 1000000) : cell_null(CELL_MOMENT);
    row[8] = cell_flag(r->stamped_at && r->stamp_trust == VERIFY_TRUSTED);
    row[9] = cell_text(r->stamp_authority);
}

static const struct column CHECKED_COLUMNS[] = {
    REPORT_COLUMNS,
    {"name", CELL_TEXT, false},
    {"size", CELL_INT, false},
    {"kind", CELL_TEXT, false},
    {"misnamed", CELL_TEXT, true},
    {"sha256", CELL_TEXT, false},
    {"verdict", CELL_TEXT, false},
};

static const struct fault *show_checked(struct exchange *ex, const struct table **out)
{
    const struct found_out *found = ex->state;
    struct table *t = table_new(ex->life, CHECKED_COLUMNS, COUNT(CHECKED_COLUMNS));
    TRY_MEMORY(t);
    *out = t;
    if (!found || !found->file)
        return NULL;
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row);
    report_cells(found->report, row);
    row += REPORT_CELLS;
    row[0] = cell_text(found->file->name);
    row[1] = cell_int((int64_t)found->file->length);
    row[2] = cell_text(verify_kind_word(found->kind));
    row[3] = cell_text(found->misnamed);
    row[4] = cell_text(found->digest);
    row[5] = cell_text(verdict(found));
    return NULL;
}
const struct provider SHOW_CHECKED = {{"checked", CHECKED_COLUMNS, COUNT(CHECKED_COLUMNS), true, NULL, 0},
                                      show_checked};

static const struct column BESIDE_COLUMNS[] = {REPORT_COLUMNS};

static const struct fault *show_beside(struct exchange *ex, const struct table **out)
{
    const struct found_out *found = ex->state;
    struct table *t = table_new(ex->life, BESIDE_COLUMNS, COUNT(BESIDE_COLUMNS));
    TRY_MEMORY(t);
    *out = t;
    if (!found || !found->beside)
        return NULL;
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row);
    report_cells(found->beside, row);
    return NULL;
}
const struct provider SHOW_BESIDE = {{"beside", BESIDE_COLUMNS, COUNT(BESIDE_COLUMNS), true, NULL, 0},
                                     show_beside};

static const struct column PROBLEM_COLUMNS[] = {
    {"code", CELL_TEXT, false}, {"part", CELL_TEXT, true}, {"text", CELL_TEXT, false}};

static const struct fault *add_problems(struct exchange *ex, const struct verify_report *r, struct table *t)
{
    for (size_t i = 0; r && i < r->problem_count; i++) {
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        row[0] = cell_text(r->problems[i].code);
        row[1] = cell_text(r->problems[i].part);
        row[2] = cell_text(exchange_say(ex, r->problems[i].zh, r->problems[i].en));
    }
    return NULL;
}

static const struct fault *show_problems(struct exchange *ex, const struct table **out)
{
    const struct found_out *found = ex->state;
    struct table *t = table_new(ex->life, PROBLEM_COLUMNS, COUNT(PROBLEM_COLUMNS));
    TRY_MEMORY(t);
    *out = t;
    if (!found)
        return NULL;
    TRY(add_problems(ex, found->report, t));
    return add_problems(ex, found->beside, t);
}
const struct provider SHOW_PROBLEMS = {{"problems", PROBLEM_COLUMNS, COUNT(PROBLEM_COLUMNS), false, NULL, 0},
                                       show_problems};
