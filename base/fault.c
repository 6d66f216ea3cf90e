#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include "fault.h"

static const struct fault NO_MEMORY = {.kind = FAULT_BROKEN, .code = "NO_MEMORY", .detail = "out of memory"};

const struct fault *fault_memory(void)
{
    return &NO_MEMORY;
}

__attribute__((format(printf, 4, 0))) static struct fault *
make(TALLOC_CTX *life, enum fault_kind kind, const char *code, const char *format, va_list args)
{
    struct fault *f = talloc_zero(life, struct fault);
    if (!f)
        return NULL;
    f->kind = kind;
    f->code = code;
    if (format) {
        f->detail = talloc_vasprintf(f, format, args);
        if (!f->detail)
            TALLOC_FREE(f);
    }
    return f;
}

const struct fault *fault_new(TALLOC_CTX *life, enum fault_kind kind, const char *code, const char *format,
                              ...)
{
    va_list args;
    va_start(args, format);
    const struct fault *f = make(life, kind, code, format, args);
    va_end(args);
    return f ? f : &NO_MEMORY;
}

const struct fault *fault_field(TALLOC_CTX *life, const char *code, const char *field, const char *format,
                                ...)
{
    va_list args;
    va_start(args, format);
    struct fault *f = make(life, FAULT_INPUT, code, format, args);
    va_end(args);
    if (!f)
        return &NO_MEMORY;
    f->field = talloc_strdup(f, field);
    return f->field ? f : &NO_MEMORY;
}

static const char *copy(TALLOC_CTX *life, const char *s, bool *ok)
{
    const char *out = s ? talloc_strdup(life, s) : NULL;
    *ok = *ok && (out || !s);
    return out;
}

static const struct refusal *copy_refusal(TALLOC_CTX *life, const struct refusal *why)
{
    bool ok = true;
    struct refusal *r = talloc_zero(life, struct refusal);
    if (!r)
        return NULL;
    r->rule = copy(r, why->rule, &ok);
    r->basis = copy(r, why->basis, &ok);
    r->zh = copy(r, why->zh, &ok);
    r->en = copy(r, why->en, &ok);
    r->fact = why->fact;
    return ok ? r : NULL;
}

const struct fault *fault_refused(TALLOC_CTX *life, const struct refusal *why)
{
    struct fault *f = talloc_zero(life, struct fault);
    if (!f)
        return &NO_MEMORY;
    f->kind = FAULT_REFUSED;
    f->code = "REFUSED";
    f->refusal = copy_refusal(f, why);
    if (!f->refusal)
        return &NO_MEMORY;
    f->detail = f->refusal->en;
    return f;
}

const struct fault *fault_because(TALLOC_CTX *life, enum fault_kind kind, const char *code,
                                  const struct fault *cause, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct fault *f = make(life, kind, code, format, args);
    va_end(args);
    if (!f)
        return &NO_MEMORY;
    f->cause = fault_keep(f, cause);
    return f;
}

const char *fault_text(TALLOC_CTX *life, const struct fault *fault)
{
    if (!fault)
        return "";
    const char *rule = fault->refusal ? fault->refusal->rule : NULL;
    const char *rest = fault->cause ? fault_text(life, fault->cause) : NULL;
    const char *out = talloc_asprintf(
        life, "%s%s%s%s%s%s%s%s%s", fault->code, rule ? " " : "", rule ? rule : "",
        fault->field ? " in " : "", fault->field ? fault->field : "", fault->detail ? ": " : "",
        fault->detail ? fault->detail : "", rest ? " because " : "", rest ? rest : "");
    return out ? out : fault->code;
}

const struct fault *fault_keep(TALLOC_CTX *life, const struct fault *fault)
{
    if (!fault || fault == &NO_MEMORY)
        return fault;
    bool ok = true;
    struct fault *f = talloc_zero(life, struct fault);
    if (!f)
        return &NO_MEMORY;
    f->kind = fault->kind;
    f->code = fault->code;
    f->field = copy(f, fault->field, &ok);
    f->detail = copy(f, fault->detail, &ok);
    if (fault->refusal) {
        f->refusal = copy_refusal(f, fault->refusal);
        ok = ok && f->refusal;
    }
    f->cause = fault_keep(f, fault->cause);
    return ok ? f : &NO_MEMORY;
}
