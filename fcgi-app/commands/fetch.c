#include <curl/curl.h>
#include <string.h>
#include <strings.h>
#include "fetch.h"
#include "life.h"
#include "text.h"

LIFE_ADOPT(transfer, CURL, curl_easy_cleanup)
LIFE_ADOPT(headers, struct curl_slist, curl_slist_free_all)

/* One question on its way. */
struct way {
    const struct fetch_rules *rules;
    struct fetch *fetch;
    struct text *body;
    size_t length;
    bool too_large, ended;
    CURL *transfer;
};

/* Short of what was offered ends the transfer: what is too large is not waited for. */
static size_t take(char *bytes, size_t one, size_t count, void *user)
{
    struct way *w = user;
    size_t n = one * count;
    if (n > w->rules->limit - w->length) {
        w->too_large = true;
        return 0;
    }
    text_add_n(w->body, bytes, n);
    w->length += n;
    return n;
}

static struct curl_slist *headers_of(const struct fetch_rules *rules, TALLOC_CTX *life)
{
    const char *type = talloc_asprintf(life, "Content-Type: %s", rules->type),
               *accept = talloc_asprintf(life, "Accept: %s", rules->wanted);
    struct curl_slist *list = type && accept ? curl_slist_append(NULL, type) : NULL;
    struct curl_slist *both = list ? curl_slist_append(list, accept) : NULL;
    struct curl_slist *all = both ? curl_slist_append(both, "Expect:") : NULL;
    if (!all)
        curl_slist_free_all(list);
    return headers_adopt(life, all);
}

static bool set_up(struct way *w, struct curl_slist *headers)
{
    CURL *c = w->transfer;
    const struct fetch_rules *rules = w->rules;
    return curl_easy_setopt(c, CURLOPT_URL, rules->url) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_POSTFIELDS, w->fetch->question.data) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)w->fetch->question.length) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_TIMEOUT, rules->seconds) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, rules->seconds) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, w) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PRIVATE, w) == CURLE_OK;
}

static const struct fault *judge_answer(struct way *w, TALLOC_CTX *life)
{
    long status = 0;
    char *type = NULL;
    curl_easy_getinfo(w->transfer, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(w->transfer, CURLINFO_CONTENT_TYPE, &type);
    if (status != 200)
        return fault_new(life, FAULT_INPUT, "FETCH_STATUS", "HTTP status %ld", status);
    size_t n = strlen(w->rules->wanted);
    if (!type || strncasecmp(type, w->rules->wanted, n) != 0 || (type[n] && !strchr("; ", type[n])))
        return fault_new(life, FAULT_INPUT, "FETCH_STATUS", "the answer is not of type %s", w->rules->wanted);
    const char *bytes = NULL;
    TRY(text_end(w->body, &bytes, &w->fetch->answer.length));
    w->fetch->answer.data = (const uint8_t *)bytes;
    return NULL;
}

static void end(struct way *w, CURLcode result, TALLOC_CTX *life)
{
    w->ended = true;
    if (w->too_large)
        w->fetch->fault = fault_new(life, FAULT_INPUT, "FETCH_TOO_LARGE",
                                    "the answer is larger than %zu bytes", w->rules->limit);
    else if (result == CURLE_OPERATION_TIMEDOUT)
        w->fetch->fault =
            fault_new(life, FAULT_AWAY, "FETCH_SLOW", "no answer within %ld s", w->rules->seconds);
    else if (result == CURLE_UNSUPPORTED_PROTOCOL || result == CURLE_URL_MALFORMAT)
        w->fetch->fault = fault_new(life, FAULT_INPUT, "FETCH_URL", "not an address of http or https");
    else if (result != CURLE_OK)
        w->fetch->fault = fault_new(life, FAULT_AWAY, "FETCH_AWAY", "%s", curl_easy_strerror(result));
    else
        w->fetch->fault = judge_answer(w, life);
}

/* Runs until all have ended; each by itself within the span, so all do. */
static void run(CURLM *group, TALLOC_CTX *life)
{
    int running = 1, left = 0;
    while (running) {
        if (curl_multi_perform(group, &running) != CURLM_OK)
            return;
        for (CURLMsg *m; (m = curl_multi_info_read(group, &left));) {
            struct way *w = NULL;
            if (m->msg == CURLMSG_DONE &&
                curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &w) == CURLE_OK && w)
                end(w, m->data.result, life);
        }
        if (running && curl_multi_poll(group, NULL, 0, 1000, NULL) != CURLM_OK)
            return;
    }
}

static const struct fault *prepare(struct way *w, struct curl_slist *headers, TALLOC_CTX *scratch,
                                   TALLOC_CTX *life)
{
    w->transfer = transfer_adopt(scratch, curl_easy_init());
    w->body = text_new(life, w->rules->limit + 1);
    TRY_MEMORY(w->transfer && w->body && headers ? w : NULL);
    return set_up(w, headers) ? NULL
                              : fault_new(life, FAULT_INPUT, "FETCH_URL", "not an address of http or https");
}

const struct fault *fetch_all(const struct fetch_rules *rules, struct fetch *list, size_t count,
                              TALLOC_CTX *life)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    struct way *ways = talloc_zero_array(scratch, struct way, count + 1);
    struct curl_slist *headers = headers_of(rules, scratch);
    TRY_MEMORY(ways);
    TALLOC_CTX *transfers = talloc_new(scratch);
    TRY_MEMORY(transfers);
    CURLM *group = curl_multi_init();
    TRY_MEMORY(group);
    const struct fault *f = NULL;
    for (size_t i = 0; i < count && !f; i++) {
        ways[i] = (struct way){.rules = rules, .fetch = &list[i]};
        f = prepare(&ways[i], headers, transfers, life);
        if (!f && curl_multi_add_handle(group, ways[i].transfer) != CURLM_OK)
            f = fault_memory();
    }
    if (!f)
        run(group, life);
    for (size_t i = 0; i < count; i++) {
        if (ways[i].transfer)
            curl_multi_remove_handle(group, ways[i].transfer);
        if (!f && !ways[i].ended)
            list[i].fault = fault_new(life, FAULT_AWAY, "FETCH_AWAY", "the transfer did not end");
    }
    talloc_free(transfers); /* before the group they were in has gone */
    curl_multi_cleanup(group);
    return f;
}
