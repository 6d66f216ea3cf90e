/* routes.c - every door of the building on one screen. A row says who may pass, what must be carried and what
 * is shown; handlers, forms and providers live elsewhere. */
#include "codes.h"
#include "doors.h"
#include "route.h"
#include "routes_intake.h"
#include "routes_public.h"
#include "routes_staff.h"
#include "routes_templates.h"
#include "routes_verify.h"
#include "shown.h"

#define GET  .method = METHOD_GET, .path
#define POST .method = METHOD_POST, .path

#define APPLY_STEP(name)                                                                                     \
    .right = RIGHT_ANYONE, .page = name, .form_of = apply_fields, .providers = {&SHOW_CARRIED},              \
    .run = show_apply_step
#define APPLY_SENT .right = RIGHT_ANYONE, .form_of = apply_fields, .run = act_apply_step

/* clang-format off: a row is read as a row */
const struct route ROUTES[] = {
    /* ---- the web process itself ---- */
    {GET = "/healthz", .right = RIGHT_ANYONE, .no_session = true, .run = show_health,
     .about = "200 when the worker can reach its database, 503 with the reason otherwise"},
    {GET = "/metrics", .right = RIGHT_LOOPBACK, .no_session = true, .run = show_metrics,
     .about = "figures of the workers as Prometheus text, from this machine only"},
    {GET = "/login", .right = RIGHT_ANYONE, .page = "login", .search = &SEARCH_LOGIN, .form = &FORM_LOGIN,
     .run = show_login, .about = "signing in, for staff"},
    {POST = "/login", .right = RIGHT_ANYONE, .form = &FORM_LOGIN, .run = act_login,
     .about = "begins a session"},
    {POST = "/logout", .right = RIGHT_ANYONE, .form = &FORM_LOGOUT, .run = act_logout,
     .about = "ends the session"},

    /* ---- for everybody: what this is, applying ---- */
    {GET = "/", .right = RIGHT_ANYONE, .page = "start", .about = "start page"},
    {GET = "/guide", .right = RIGHT_ANYONE, .page = "guide",
     .queries = {{.query = Q_AGENCY_CURRENT, .as = "agency"}}, .about = "the guide to public information"},
    {GET = "/apply", .right = RIGHT_ANYONE, .run = act_apply_begin, .about = "begins an application"},
    {POST = "/apply", .right = RIGHT_ANYONE, .form_of = apply_all_fields, .run = act_apply,
     .again = "/apply/check", .about = "submits the application: number, query code, due date"},
    {GET = "/apply/category", APPLY_STEP("apply-category"), .about = "who applies"},
    {POST = "/apply/category", APPLY_SENT, .about = "keeps who applies"},
    {GET = "/apply/identity", APPLY_STEP("apply-identity"), .about = "proof of identity"},
    {POST = "/apply/identity", APPLY_SENT, .about = "keeps the proof of identity"},
    {GET = "/apply/contact", APPLY_STEP("apply-contact"), .about = "how to reach the applicant"},
    {POST = "/apply/contact", APPLY_SENT, .about = "keeps how to reach the applicant"},
    {GET = "/apply/items", APPLY_STEP("apply-items"), .about = "what is asked for"},
    {POST = "/apply/items", APPLY_SENT, .about = "keeps what is asked for"},
    {GET = "/apply/delivery", APPLY_STEP("apply-delivery"), .about = "how to provide it"},
    {POST = "/apply/delivery", APPLY_SENT, .about = "keeps how to provide it"},
    {GET = "/apply/check", .right = RIGHT_ANYONE, .page = "apply-check", .form_of = apply_fields,
     .providers = {&SHOW_CARRIED, &SHOW_ANSWERS}, .run = show_apply_step,
     .about = "all answers before sending"},
    {POST = "/apply/check", .right = RIGHT_ANYONE, .form_of = apply_change_fields, .run = act_apply_step,
     .about = "goes back to one of the answers"},
    {GET = "/apply/receipt", .right = RIGHT_ANYONE, .page = "receipt", .providers = {&SHOW_RECEIPT},
     .about = "the receipt of the application just submitted"},

    /* ---- for everybody with number and query code: following ---- */
    {GET = "/track", .right = RIGHT_ANYONE, .page = "track", .search = &SEARCH_TRACK, .form = &FORM_TRACK,
     .run = show_track_form, .about = "asks for number and query code"},
    {POST = "/track", .right = RIGHT_ANYONE, .form = &FORM_TRACK, .run = act_track,
     .about = "opens an application to whoever has number and query code"},
    {GET = "/track/{ref}", .right = RIGHT_TICKET, .page = "track-case", .run = show_track,
     .providers = {&SHOW_DOSSIER, &SHOW_ITEMS, &SHOW_TRACK_STEPS, &SHOW_TRACK_LETTERS, &SHOW_DAYS,
                   &SHOW_TRACK_MAY, &SHOW_DONE},
     .about = "status, due date, letters"},
    {GET = "/track/{ref}/letters/{file}", .right = RIGHT_TICKET, .run = send_track_letter,
     .about = "a letter served: CHILD.odt, .docx, and .p7s, .sm2.p7s, .tsr of them; .pdf: a copy to read; "
              "CHILD-N: a file with it"},
    {GET = "/track/{ref}/events/{kind}", .right = RIGHT_TICKET, .page = "track-event",
     .form_of = shown_event_fields, .run = shown_event_form,
     .providers = {&SHOW_SINCE, &SHOW_DOSSIER, &SHOW_EVENT},
     .about = "the form of an event that the applicant may raise"},
    {POST = "/track/{ref}/events/{kind}", .right = RIGHT_TICKET, .form_of = shown_event_fields,
     .judge = shown_event_judge, .run = act_track_event, .about = "raises it"},

    /* ---- for everybody with a letter: verifying ---- */
    {GET = "/verify", .right = RIGHT_ANYONE, .page = "verify", .search = &SEARCH_VERIFY, .form = &FORM_VERIFY,
     .run = show_verify, .providers = {&SHOW_ISSUED, &SHOW_CHECKED, &SHOW_BESIDE, &SHOW_PROBLEMS},
     .about = "asks for a letter's file or code; ?code=: what the register says of it"},
    {POST = "/verify", .right = RIGHT_ANYONE, .page = "verify", .form = &FORM_VERIFY, .run = act_verify,
     .providers = {&SHOW_ISSUED, &SHOW_CHECKED, &SHOW_BESIDE, &SHOW_PROBLEMS},
     .about = "is this letter ours, is it whole, who signed it?"},

    /* ---- the office ---- */
    {GET = "/queue", .right = RIGHT_STAFF, .page = "queue", .search = &SEARCH_QUEUE,
     .providers = {&SHOW_QUEUE_COUNTS, &SHOW_QUEUE_FILTER, &SHOW_QUEUE, &SHOW_QUEUE_PAGING},
     .about = "dossiers by due date, of the person signed in or of the agency"},
    {GET = "/intake", .right = RIGHT_ROLE, .roles = "clerk", .page = "intake", .form_of = intake_fields,
     .run = show_intake, .providers = {&SHOW_INTAKE},
     .about = "the form for an application by mail, fax, e-mail, at the counter or by word of mouth; "
              "?channel=&category="},
    {POST = "/intake", .right = RIGHT_ROLE, .roles = "clerk", .form_of = intake_fields, .judge = judge_intake,
     .run = act_intake, .about = "files it: its day of receipt follows from the channel"},
    {GET = "/search", .right = RIGHT_STAFF, .page = "search", .search = &SEARCH_WORDS,
     .providers = {&SHOW_SEARCH_ASKED, &SHOW_SEARCH, &SHOW_SEARCH_PAGING},
     .about = "dossiers by words of what is asked for, by number, by the applicant's whole name; each shown "
              "is filed"},
    {GET = "/dossiers/{ref}", .right = RIGHT_STAFF, .page = "dossier", .run = show_a_dossier,
     .providers = {&SHOW_DOSSIER, &SHOW_ITEMS, &SHOW_CLOCKS, &SHOW_CHILDREN, &SHOW_LETTERS, &SHOW_MAY,
                   &SHOW_FACTS_NEWEST, &SHOW_CONFLICTS, &SHOW_PROPOSALS, &SHOW_DONE, &SHOW_SHEETS},
     .about = "a dossier: what is asked, its clocks, what may be done and what not"},
    {GET = "/dossiers/{ref}/sheets/{file}", .right = RIGHT_STAFF, .run = send_sheet,
     .about = "an internal sheet, printed from the facts: CODE.odt, CODE-CHILD.docx"},
    {GET = "/dossiers/{ref}/ledger", .right = RIGHT_STAFF, .page = "ledger", .search = &SEARCH_KNOWN,
     .run = show_a_dossier, .providers = {&SHOW_DOSSIER, &SHOW_KNOWN, &SHOW_CLOCKS},
     .about = "every day of every period; with ?known=DAY as it was known on that day"},
    {GET = "/dossiers/{ref}/facts", .right = RIGHT_STAFF, .page = "facts", .search = &SEARCH_KNOWN,
     .run = show_a_dossier,
     .providers = {&SHOW_DOSSIER, &SHOW_KNOWN, &SHOW_CONFLICTS, &SHOW_PROPOSALS, &SHOW_FACTS, &SHOW_DONE},
     .about = "the facts as filed and as they count; with ?known=DAY as they were known on that day"},
    {GET = "/dossiers/{ref}/facts/{fact}/correct", .right = RIGHT_STAFF, .page = "correct",
     .form_of = shown_correction_fields, .run = shown_correction_form,
     .providers = {&SHOW_SINCE, &SHOW_DOSSIER, &SHOW_CORRECTED},
     .about = "the form of a fact, filled in, to propose how it should read"},
    {POST = "/dossiers/{ref}/facts/{fact}/correct", .right = RIGHT_STAFF, .form_of = shown_correction_fields,
     .judge = shown_correction_judge, .run = shown_propose,
     .about = "proposes how fact {fact} should read: its whole form, on, correction_reason"},
    {GET = "/dossiers/{ref}/corrections/{proposal}", .right = RIGHT_STAFF, .page = "correction",
     .form = &FORM_DECISION, .run = shown_decision_form,
     .providers = {&SHOW_SINCE, &SHOW_DOSSIER, &SHOW_PROPOSAL, &SHOW_EFFECT},
     .about = "a proposed correction and what would follow from it"},
    {POST = "/dossiers/{ref}/corrections/{proposal}", .right = RIGHT_STAFF, .form = &FORM_DECISION,
     .run = shown_decide, .about = "confirms the correction, as a second person, or declines it"},
    {GET = "/dossiers/{ref}/events/{kind}", .right = RIGHT_STAFF, .page = "event",
     .form_of = shown_event_fields, .run = shown_event_form,
     .providers = {&SHOW_SINCE, &SHOW_DOSSIER, &SHOW_EVENT, &SHOW_LINES, &SHOW_CHARGE},
     .about = "the form of an event of the edition"},
    {POST = "/dossiers/{ref}/events/{kind}", .right = RIGHT_STAFF, .form_of = shown_event_fields,
     .judge = shown_event_judge, .run = act_raise,
     .about = "raises the event, or says which rule stands in its way"},
    {GET = "/dossiers/{ref}/letters/{child}/code", .right = RIGHT_STAFF, .page = "code", .form = &FORM_CODE,
     .run = show_code, .providers = {&SHOW_DOSSIER, &SHOW_LETTER},
     .about = "asks the approver for another one-time code"},
    {POST = "/dossiers/{ref}/letters/{child}/code", .right = RIGHT_STAFF, .page = "code", .form = &FORM_CODE,
     .run = act_code, .providers = {&SHOW_DOSSIER, &SHOW_LETTER},
     .about = "takes it for the signer to judge"},
    {POST = "/dossiers/{ref}/letters/{child}/date", .right = RIGHT_STAFF, .form = &FORM_LETTER_DATE,
     .run = act_letter_date,
     .about = "for whoever may approve the letter: makes the draft again with today's day, where it bears "
              "another"},
    {GET = "/dossiers/{ref}/letters/{child}", .right = RIGHT_STAFF, .page = "letter", .run = show_a_letter,
     .providers = {&SHOW_DOSSIER, &SHOW_LETTER, &SHOW_LETTER_MAY},
     .about = "a letter, and with an ending its file: .html, .odt, .docx, .odt.p7s, .docx.p7s, .pdf"},

    /* ---- the legal office: templates and clauses ---- */
    {GET = "/templates", .right = RIGHT_ROLE, .roles = TEXT_READERS, .page = "templates",
     .providers = {&SHOW_TEXTS_LETTERS, &SHOW_TEXTS_CLAUSES},
     .about = "templates of letters and clauses: what rules today, what waits"},
    {GET = "/templates/{code}", .right = RIGHT_ROLE, .roles = TEXT_READERS, .page = "template",
     .form = &FORM_TEXT_BEGIN, .providers = {&SHOW_TEXT, &SHOW_TEXT_VERSIONS, &SHOW_TEXT_HISTORY},
     .about = "a template or clause: its versions, who wrote and approved them, which letters rest on them"},
    {POST = "/templates/{code}/draft", .right = RIGHT_ROLE, .roles = TEXT_WRITERS, .form = &FORM_TEXT_BEGIN,
     .run = act_text_begin, .again = "/templates/{code}",
     .about = "begins a draft, copied from what rules or from version base"},
    {GET = "/templates/{code}/versions/{version}", .right = RIGHT_ROLE, .roles = TEXT_READERS,
     .page = "template-version", .form = &FORM_TEXT_END, .run = show_text_version,
     .providers = {&SHOW_TEXT, &SHOW_TEXT_VERSION, &SHOW_TEXT_PAPER, &SHOW_TEXT_LETTERS},
     .about = "one version: as a letter of sample data, as XML, and the letters that rest on it"},
    {POST = "/templates/{code}/versions/{version}", .right = RIGHT_ROLE, .roles = TEXT_DECIDERS,
     .page = "template-version", .form = &FORM_TEXT_END, .run = act_text_end,
     .providers = {&SHOW_TEXT, &SHOW_TEXT_VERSION, &SHOW_TEXT_PAPER, &SHOW_TEXT_LETTERS},
     .about = "puts an approved version out of force from a day, for a reason"},
    {GET = "/templates/{code}/compare", .right = RIGHT_ROLE, .roles = TEXT_READERS,
     .page = "template-compare", .search = &SEARCH_COMPARE,
     .providers = {&SHOW_TEXT, &SHOW_TEXT_COMPARED, &SHOW_TEXT_REDLINE},
     .about = "two versions beside each other, ?from= and ?to="},
    {GET = "/templates/{code}/edit", .right = RIGHT_ROLE, .roles = TEXT_WRITERS, .page = "template-edit",
     .form_of = text_edit_fields, .run = show_text_edit,
     .providers = {&SHOW_TEXT, &SHOW_TEXT_EDIT, &SHOW_TEXT_BLOCKS, &SHOW_TEXT_PROBLEMS, &SHOW_TEXT_PAPER},
     .about = "the draft, block by block, with a preview"},
    {POST = "/templates/{code}/edit", .right = RIGHT_ROLE, .roles = TEXT_WRITERS, .page = "template-edit",
     .form_of = text_edit_fields, .run = act_text_edit,
     .providers = {&SHOW_TEXT, &SHOW_TEXT_EDIT, &SHOW_TEXT_BLOCKS, &SHOW_TEXT_PROBLEMS, &SHOW_TEXT_PAPER},
     .about = "changes the list of blocks, shows it, saves, submits or withdraws it"},
    {GET = "/templates/{code}/decide", .right = RIGHT_ROLE, .roles = TEXT_DECIDERS, .page = "template-decide",
     .form = &FORM_TEXT_DECIDE, .run = show_text_decide,
     .providers = {&SHOW_TEXT, &SHOW_TEXT_DECIDED, &SHOW_TEXT_PROBLEMS, &SHOW_TEXT_REDLINE, &SHOW_TEXT_PAPER},
     .about = "a draft that waits, beside what rules today"},
    {POST = "/templates/{code}/decide", .right = RIGHT_ROLE, .roles = TEXT_DECIDERS,
     .page = "template-decide", .form = &FORM_TEXT_DECIDE, .run = act_text_decide,
     .providers = {&SHOW_TEXT, &SHOW_TEXT_DECIDED, &SHOW_TEXT_PROBLEMS, &SHOW_TEXT_REDLINE, &SHOW_TEXT_PAPER},
     .about = "approves it from a day, as a second person, or sends it back"},

    /* ---- auditors ---- */
    {GET = "/audit", .right = RIGHT_ROLE, .roles = "auditor", .page = "audit", .search = &SEARCH_AUDIT,
     .providers = {&SHOW_AUDIT_FIGURES, &SHOW_AUDIT_FILTER, &SHOW_AUDIT_LIST, &SHOW_AUDIT_PAGING},
     .about = "this year's dossiers: on time, late, open"},
};
/* clang-format on */
const size_t ROUTE_COUNT = sizeof ROUTES / sizeof ROUTES[0];
