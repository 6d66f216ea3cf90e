#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "life.h"
#include "log.h"
#include "text.h"

#define LINE_LIMIT 4000 /* below PIPE_BUF: lines of several workers do not mix */

static const char *scope, *process = "mingda";

void log_scope(const char *exchange_id)
{
    scope = exchange_id;
}

void log_process(const char *name)
{
    process = name;
}

static void add_value(struct text *line, const char *value)
{
    if (!value) {
        text_add_char(line, '-');
        return;
    }
    size_t n = strlen(value);
    bool plain = n && strcspn(value, " \"=\\") == n;
    if (!plain)
        text_add_char(line, '"');
    for (size_t i = 0; i < n && i < 600; i++) {
        unsigned char c = (unsigned char)value[i];
        if (c < 0x20 || c == 0x7F)
            text_printf(line, "\\x%02x", c);
        else if (c == '"' || c == '\\')
            text_printf(line, "\\%c", c);
        else
            text_add_char(line, (char)c);
    }
    if (!plain)
        text_add_char(line, '"');
}

static void add_time(struct text *line)
{
    struct timespec now;
    struct tm parts;
    char stamp[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);
    text_printf(line, "%s.%03ldZ", stamp, now.tv_nsec / 1000000);
}

void log_event(enum log_level level, const char *event, ...)
{
    static const char *const WORDS[] = {"info", "warn", "error"};
    SCOPED_LIFE(life);
    struct text *line = text_new(life, LINE_LIMIT);
    add_time(line);
    text_printf(line, " %s %s[%d] %s", WORDS[level], process, (int)getpid(), event);
    if (scope)
        text_printf(line, " exchange=%s", scope);
    va_list args;
    va_start(args, event);
    for (const char *name; (name = va_arg(args, const char *));) {
        text_printf(line, " %s=", name);
        add_value(line, va_arg(args, const char *));
    }
    va_end(args);
    text_add_char(line, '\n');
    const char *bytes = event;
    size_t length = strlen(event);
    if (text_end(line, &bytes, &length) == NULL || length) {
        ssize_t written = write(STDERR_FILENO, bytes, length);
        (void)written; /* a log that cannot be written has nobody to tell */
    }
}
