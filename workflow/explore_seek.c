/* explore_seek.c - one way that can really be gone is proof enough that something can be reached.
 *
 * A slice that has been looked at whole says of each of its states how many acts it lies from what is sought,
 * at the least. With nothing left out the states nearest to it, as the slice sees them, are looked at first.
 * What is found so is real; what is not found may still be there. */
#include "explore_inside.h"

#define FAR        UINT16_MAX
#define MOST_FAR   200   /* acts */
#define MOST_SEEN  30000 /* whole states */
#define MOST_TRIED 400000

struct seeking {
    TALLOC_CTX *life;
    const struct watcher *goal;
    struct exploration *slice, *whole;
    uint32_t *edges; /* from, to */
    size_t edge_count, edge_room;
    uint32_t *goals;
    size_t goal_count, goal_room;
    uint16_t *far; /* per state of the slice */
    struct shelf {
        uint32_t *states;
        size_t count, room;
    } shelves[MOST_FAR]; /* whole states by how far they are */
    bool found;
    const struct fault *fault;
};

static bool put(struct seeking *s, uint32_t **list, size_t *count, size_t *room, uint32_t value)
{
    if (*count == *room) {
        *room = *room ? 2 * *room : 256;
        *list = talloc_realloc(s->life, *list, uint32_t, *room);
        if (!*list) {
            s->fault = fault_memory();
            *count = *room = 0;
            return false;
        }
    }
    (*list)[(*count)++] = value;
    return true;
}

static void note_goal(void *self, struct exploration *x, uint32_t state, struct standing *standing)
{
    struct seeking *s = self;
    s->goal->state(s->goal->self, x, state, standing);
    if (s->goal->enough(s->goal->self))
        put(s, &s->goals, &s->goal_count, &s->goal_room, state);
}

static void note_edge(void *self, uint32_t from, uint32_t to)
{
    struct seeking *s = self;
    if (from != to && put(s, &s->edges, &s->edge_count, &s->edge_room, from))
        put(s, &s->edges, &s->edge_count, &s->edge_room, to);
}

static bool no_more(void *self)
{
    const struct seeking *s = self;
    return s->fault != NULL;
}

/* Backwards from what is sought. */
static const struct fault *measure(struct seeking *s)
{
    size_t count = exploration_count(s->slice), head = 0, tail = 0;
    uint32_t *first = talloc_zero_array(s->life, uint32_t, count + 2);
    uint32_t *into = talloc_array(s->life, uint32_t, s->edge_count + 1);
    uint32_t *queue = talloc_array(s->life, uint32_t, count + 1);
    s->far = talloc_array(s->life, uint16_t, count + 1);
    TRY_MEMORY(first);
    TRY_MEMORY(into);
    TRY_MEMORY(queue);
    TRY_MEMORY(s->far);
    memset(s->far, 0xff, (count + 1) * sizeof *s->far);
    for (size_t i = 0; i < s->edge_count; i += 2)
        first[s->edges[i + 1] + 2]++;
    for (size_t i = 0; i < count; i++)
        first[i + 1] += first[i];
    for (size_t i = 0; i < s->edge_count; i += 2)
        into[first[s->edges[i + 1] + 1]++] = s->edges[i];
    for (size_t i = 0; i < s->goal_count; i++) {
        s->far[s->goals[i]] = 0;
        queue[tail++] = s->goals[i];
    }
    for (; head < tail; head++)
        for (uint32_t i = first[queue[head]]; i < first[queue[head] + 1]; i++)
            if (s->far[into[i]] == FAR && s->far[queue[head]] + 1 < MOST_FAR) {
                s->far[into[i]] = (uint16_t)(s->far[queue[head]] + 1);
                queue[tail++] = into[i];
            }
    return NULL;
}

static const struct fault *seek_next(struct trying *t, const uint8_t *bytes, size_t length, uint32_t *to)
{
    struct seeking *s = t->self;
    uint8_t packed[MOST_BYTES];
    size_t packed_length = 0;
    uint32_t seen = 0;
    bool added = false;
    if (s->found)
        return NULL;
    TRY(state_encode(s->slice, &s->whole->there, true, packed, &packed_length));
    if (!state_known(s->slice, packed, packed_length, &seen) || s->far[seen] == FAR)
        return NULL;
    TRY(state_remember(s->whole, bytes, length, s->whole->from, &s->whole->model.unknown, to, &added));
    if (!added)
        return NULL;
    struct shelf *shelf = &s->shelves[s->far[seen]];
    put(s, &shelf->states, &shelf->count, &shelf->room, *to);
    s->goal->state(s->goal->self, s->whole, *to, s->whole->there.standing);
    s->found = s->goal->enough(s->goal->self);
    return s->fault;
}

/* The nearest that was not looked at yet; false: none is left. */
static bool take_nearest(struct seeking *s, uint32_t *state)
{
    for (size_t far = 0; far < MOST_FAR; far++)
        if (s->shelves[far].count) {
            *state = s->shelves[far].states[--s->shelves[far].count];
            return true;
        }
    return false;
}

static const struct fault *seek(struct seeking *s)
{
    uint8_t bytes[MOST_BYTES];
    uint32_t state = 0;
    struct trying *t = talloc_zero(s->life, struct trying);
    TRY_MEMORY(t);
    put(s, &s->shelves[0].states, &s->shelves[0].count, &s->shelves[0].room, 0);
    while (!s->found && !s->fault && s->whole->count < MOST_SEEN && s->whole->tries < MOST_TRIED &&
           take_nearest(s, &state)) {
        *t = (struct trying){.x = s->whole, .bytes = bytes, .next = seek_next, .self = s};
        t->s = state_stand(s->whole, state, bytes);
        TRY(explore_acts(t));
    }
    return s->fault;
}

const struct fault *exploration_seek(TALLOC_CTX *life, const struct edition *e, const struct slice *slice,
                                     uint32_t limit, const struct watcher *goal, bool *found)
{
    struct seeking *s = talloc_zero(life, struct seeking);
    struct slice all = *slice;
    bool complete = false;
    TRY_MEMORY(s);
    *s = (struct seeking){.life = life, .goal = goal};
    struct watcher watcher = {.state = note_goal, .went = note_edge, .enough = no_more, .self = s};
    *found = false;
    TRY(explore(life, e, slice, limit, &watcher, &s->slice, &complete));
    TRY(s->fault);
    if (!complete || !s->goal_count)
        return NULL;
    TRY(measure(s));
    all.keep = parts_all(e);
    all.forgets = false;
    TRY(explore_begin(life, e, &all, NULL, &s->whole));
    TRY(seek(s));
    *found = s->found;
    return NULL;
}
