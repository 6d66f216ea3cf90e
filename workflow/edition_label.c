/* edition_label.c - what a state is called, when only its id is at hand. */
#include <string.h>
#include "edition_inside.h"
#include "scxml.h"

const struct bilingual *edition_state_label(const struct edition *e, const struct child_kind *kind,
                                            const char *state)
{
    const struct chart *chart = edition_chart_of(e, kind);
    for (int i = 0; state && i < chart->state_count; i++) {
        const struct state_law *law = chart->states[i].law;
        if (law && law->label.zh && strcmp(chart->states[i].id, state) == 0)
            return &law->label;
    }
    return NULL;
}

const struct bilingual *edition_public_label(const struct edition *e, const char *code)
{
    for (size_t i = 0; code && i < e->inside->public_count; i++)
        if (strcmp(e->inside->publics[i].id, code) == 0)
            return &e->inside->publics[i].label;
    return NULL;
}
