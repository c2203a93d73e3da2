#include "base/process/program.h"

#include "base/process/child.h"

#include <string.h>
#include <unistd.h>

#define NOT_FOUND 127 /* what env exits with */
#define WORDS_MAX 16
#define PATH_BYTES 4096

extern char **environ;

static void listen(void *context, int stream, const char *data, size_t bytes)
{
    struct program_answer *a = context;
    size_t used = strlen(a->said), room = sizeof(a->said) - 1 - used;
    (void)stream;
    if (bytes > room) bytes = room;
    for (size_t i = 0; i < bytes; i++) a->said[used + i] = data[i] ? data[i] : ' ';
    a->said[used + bytes] = 0;
}

enum status program_ask(struct program_answer *out, char *const *words, double timeout_s)
{
    static char env[] = "env";
    char *arguments[WORDS_MAX + 2] = {env};
    size_t count = 1;
    struct child_result result;
    *out = (struct program_answer){0};
    for (; *words && count <= WORDS_MAX; words++) arguments[count++] = *words;
    const struct child_task task = {.program = "/usr/bin/env",
                                    .arguments = arguments,
                                    .environment = environ,
                                    .timeout_s = timeout_s,
                                    .grace_s = 1,
                                    .said = listen,
                                    .context = out};
    enum status st = child_run(&task, &result);
    if (st) return st;
    out->found = result.end != CHILD_NOT_STARTED &&
                 !(result.end == CHILD_EXITED && result.code == NOT_FOUND);
    out->well = result.end == CHILD_EXITED && result.code == 0;
    out->seconds = result.seconds;
    return SIBYL_OK;
}

char *program_own_path(void)
{
    char path[PATH_BYTES];
    ssize_t bytes = readlink("/proc/self/exe", path, sizeof(path));
    return bytes > 0 && (size_t)bytes < sizeof(path) ? strndup(path, (size_t)bytes) : NULL;
}

unsigned program_lines(const struct program_answer *a, const char *beginning)
{
    unsigned lines = 0;
    size_t length = strlen(beginning);
    for (const char *at = a->said; at && *at; at = strchr(at, '\n')) {
        at += *at == '\n';
        lines += !strncmp(at, beginning, length);
    }
    return lines;
}
