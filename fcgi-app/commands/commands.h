/* commands.h - the table of subcommands. Each lives in commands/NAME.c; exit status: 0 done, 1 refused or
 * found wrong (the reason on stderr), 2 wrong usage. */
#ifndef MINGDA_COMMANDS_H
#define MINGDA_COMMANDS_H

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
    const char *help;
};

extern const struct command COMMANDS[]; /* ends with a row without name */

int command_calendar(int argc, char **argv);
int command_clock_explain(int argc, char **argv);
int command_account(int argc, char **argv);
int command_check(int argc, char **argv);
int command_clock(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_dossier(int argc, char **argv);
int command_edition(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_letter(int argc, char **argv);
int command_pdf(int argc, char **argv);
int command_rebuild(int argc, char **argv);
int command_settings(int argc, char **argv);
int command_sign(int argc, char **argv);
int command_web(int argc, char **argv);
int command_whatif(int argc, char **argv);
int command_workflow(int argc, char **argv);
int command_migrate(int argc, char **argv);

#endif
