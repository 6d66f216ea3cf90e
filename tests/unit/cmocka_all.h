/* cmocka_all.h - cmocka wants four headers before its own. */
#ifndef CMOCKA_ALL_H
#define CMOCKA_ALL_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "life.h"
#include "fault.h"

/* Fails with the fault's text. */
static inline void must_(const struct fault *f, const char *file, int line)
{
    if (f) {
        SCOPED_LIFE(life);
        print_error("%s\n", fault_text(life, f));
        _fail(file, line);
    }
}
#define must(call) must_((call), __FILE__, __LINE__)

/* The call must give a fault with this code. */
static inline void must_fail_(const struct fault *f, const char *code, const char *file, int line)
{
    if (!f || strcmp(f->code, code) != 0) {
        print_error("wanted %s, got %s%s%s\n", code, f ? f->code : "no fault", f && f->detail ? ": " : "",
                    f && f->detail ? f->detail : "");
        _fail(file, line);
    }
}
#define must_fail(call, code) must_fail_((call), code, __FILE__, __LINE__)
#endif
