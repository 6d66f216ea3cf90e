/* pdf_convert.h - LibreOffice as a stranger: one document in, one PDF out, in a folder of its own, for a
 * bounded time. */
#ifndef MINGDA_PDF_CONVERT_H
#define MINGDA_PDF_CONVERT_H

#include "fault.h"
#include "table.h"

/* Where the program is: itself when it has a slash, else from PATH; NULL when it cannot be run. */
const char *pdf_program(TALLOC_CTX *life, const char *name);

/* The PDF of an ODT, on `life`. The program runs in a process group of its own with a new empty folder as
 * HOME, limits on memory, files and time, and no descriptor of ours; the group is killed after `seconds` at
 * the latest, and at the end in any case, and the folder is removed. SIGTERM, SIGINT and SIGCHLD must be
 * blocked; one of the first two ends the conversion and stays pending. Faults: PDF_STOPPED (FAULT_RETRY),
 * PDF_TIMEOUT, PDF_FAILED (nothing came), PDF_UNSOUND (what came is no PDF of a sane size), PDF_FOLDER. */
const struct fault *pdf_convert(TALLOC_CTX *life, const char *program, struct cell odt, int64_t seconds,
                                struct cell *pdf);

#endif
