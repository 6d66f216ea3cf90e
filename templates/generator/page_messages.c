/* page-messages FILE.xml…: the texts of page templates that need a translation, as a .pot file on stdout.
 * Built with the program, run by `cmake --build … --target messages`, which merges them into
 * templates/po/en.po. */
#include <string.h>
#include "life.h"
#include "page.h"

#define LARGEST_FILE 4194304

struct message {
    const char *text, *places;
};

struct collection {
    TALLOC_CTX *life;
    struct message *messages;
    size_t count;
    bool no_memory;
};

static void keep(void *arg, const char *file, long line, const char *text)
{
    struct collection *all = arg;
    const char *place = talloc_asprintf(all->life, "#: %s.xml:%ld\n", file, line);
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->messages[i].text, text) == 0) {
            all->messages[i].places = talloc_asprintf(all->life, "%s%s", all->messages[i].places, place);
            return;
        }
    struct message *messages = talloc_realloc(all->life, all->messages, struct message, all->count + 1);
    if (!messages) {
        all->no_memory = true;
        return;
    }
    all->messages = messages;
    messages[all->count++] = (struct message){talloc_strdup(all->life, text), place};
}

static void print_string(const char *keyword, const char *s)
{
    printf("%s \"", keyword);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            putchar('\\');
        putchar(*s);
    }
    puts("\"");
}

static int collect(struct collection *all, const char *path)
{
    scoped_file FILE *in = fopen(path, "rb");
    char *bytes = talloc_array(all->life, char, LARGEST_FILE);
    if (!in || !bytes) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return 1;
    }
    size_t length = fread(bytes, 1, LARGEST_FILE, in);
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *name = talloc_strndup(all->life, base, strcspn(base, "."));
    const struct fault *fault = page_messages(all->life, name, bytes, length, keep, all);
    talloc_free(bytes);
    if (fault)
        fprintf(stderr, "%s\n", fault_text(all->life, fault));
    return fault != NULL;
}

int main(int count, char **paths)
{
    SCOPED_LIFE(life);
    struct collection all = {.life = life};
    for (int i = 1; i < count; i++)
        if (collect(&all, paths[i]))
            return 1;
    if (all.no_memory)
        return 1;
    puts("msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; "
         "charset=UTF-8\\n\"\n\"Content-Transfer-Encoding: 8bit\\n\"");
    for (size_t i = 0; i < all.count; i++) {
        printf("\n%s", all.messages[i].places);
        print_string("msgid", all.messages[i].text);
        puts("msgstr \"\"");
    }
    return 0;
}
