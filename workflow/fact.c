#include "fact.h"

const char *fact_text(const struct fact *fact, const char *name)
{
    return fact->data ? json_text(fact->data, name) : NULL;
}

bool fact_int(const struct fact *fact, const char *name, int64_t *out)
{
    const json_t *value = fact->data ? json_object_get(fact->data, name) : NULL;
    if (!json_is_integer(value))
        return false;
    *out = json_integer_value(value);
    return true;
}

bool fact_day(const struct fact *fact, const char *name, struct civil *out)
{
    const char *text = fact_text(fact, name);
    return text && civil_parse(text, out);
}
