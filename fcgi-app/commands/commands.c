#include <stddef.h>
#include "commands.h"

const struct command COMMANDS[] = {
    {"account", command_account,
     "add LOGIN --name NAME --role ROLE … | enrol LOGIN: a person who signs in; an approver's one-time code"},
    {"calendar", command_calendar,
     "check | import FILE.csv: days off and make-up days, verified; what a notice moves"},
    {"clock-explain", command_clock_explain,
     "[--today DATE] FILE|-: every day of every period of a dossier explained"},
    {"check", command_check, "FILE.scxml: proves what an edition promises"},
    {"clock", command_clock, "the process that acts when a day has come"},
    {"demo", command_demo,
     "--password-file FILE | --finish | code LOGIN: a demonstration office, played through the services; a "
     "code of "
     "an approver in it"},
    {"dossier", command_dossier, "list | show REF: what the store holds, as JSON"},
    {"edition", command_edition,
     "review FILE | migrate --from CODE --to CODE: what waits for a lawyer; open dossiers under a newer "
     "edition"},
    {"letter", command_letter,
     "render | check | verify | sign: letters from a template, and who signed them"},
    {"explain", command_explain,
     "REF [--on DATE] [--known DATE] [--json]: what was known and due on any past day"},
    {"pdf", command_pdf, "the process that makes PDF copies of sealed letters with LibreOffice"},
    {"rebuild", command_rebuild, "[--check]: derived rows computed anew from the facts"},
    {"sign", command_sign,
     "the process that seals approved letters (settings: sign.key, sign.certificate, sign.chain)"},
    {"settings", command_settings, "--print | --check: the settings, each with its sentence"},
    {"migrate", command_migrate, "brings the database to the version of this program"},
    {"web", command_web, "[--settings FILE]: the FastCGI workers behind nginx"},
    {"whatif", command_whatif,
     "[--edition FILE] [--calendar FILE]…: all dossiers under a changed rule, and what would be late"},
    {"workflow", command_workflow, "trace | draw FILE.scxml: a statechart step by step, and as a picture"},
    {NULL, NULL, NULL},
};
