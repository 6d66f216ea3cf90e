#include <errno.h>
#include <time.h>
#include "log.h"
#include "rounds.h"
#include "text.h"

void rounds_begin(struct rounds *rounds, const char *process)
{
    rounds->trouble = NULL;
    sigemptyset(&rounds->stops);
    sigaddset(&rounds->stops, SIGTERM);
    sigaddset(&rounds->stops, SIGINT);
    sigprocmask(SIG_BLOCK, &rounds->stops, NULL);
    log_process(process);
}

bool rounds_wait(const struct rounds *rounds, int64_t seconds)
{
    const struct timespec span = {.tv_sec = seconds};
    int got;
    do {
        got = sigtimedwait(&rounds->stops, NULL, &span);
    } while (got < 0 && errno == EINTR);
    return got > 0;
}

void rounds_tell(struct rounds *rounds, const struct fault *f, TALLOC_CTX *scratch)
{
    if (f && !text_same(rounds->trouble, f->code))
        log_event(f->kind == FAULT_AWAY ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, "trouble", "why",
                  fault_text(scratch, f), NULL);
    if (!f && rounds->trouble)
        log_event(LOG_LEVEL_INFO, "well_again", NULL);
    rounds->trouble = f ? f->code : NULL;
}
