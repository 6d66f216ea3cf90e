/* calendar_import.h - a holiday notice is taken in: first what it would move, then that it is so. */
#ifndef MINGDA_CALENDAR_IMPORT_H
#define MINGDA_CALENDAR_IMPORT_H

/* mingda calendar import FILE.csv --dry-run | --apply [--calendar NAME] [--notice TEXT] [--known DATE];
 * argv[0] is "import". One line of JSON for each date of an open dossier that moves, and a last one that
 * counts them. */
int calendar_import(int argc, char **argv);

#endif
