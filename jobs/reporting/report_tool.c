#include "jobs/reporting/report_tool.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

static enum status run(const char *const *words, const char *package, FILE *in, FILE *out)
{
    pid_t child = 0;
    int state = 0, e;
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions)) return err_memory(words[0]);
    posix_spawn_file_actions_adddup2(&actions, fileno(in), 0);
    posix_spawn_file_actions_adddup2(&actions, fileno(out), 1);
    e = posix_spawnp(&child, words[0], &actions, NULL, (char *const *)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (e == ENOENT)
        return err_set(SIBYL_E_IO, "report needs the program %s: install the package %s", words[0],
                       package);
    if (e) return err_set(SIBYL_E_IO, "cannot start %s: %s", words[0], strerror(e));
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR)
            return err_set(SIBYL_E_IO, "cannot wait for %s: %s", words[0], strerror(errno));
    if (!WIFEXITED(state) || WEXITSTATUS(state) == 127)
        return err_set(SIBYL_E_IO, "report cannot run %s; is the package %s installed whole?",
                       words[0], package);
    if (WEXITSTATUS(state))
        return err_set(SIBYL_E_IO, "%s failed with status %d", words[0], WEXITSTATUS(state));
    return SIBYL_OK;
}

static enum status read_svg(FILE *out, const char *program, char **out_svg)
{
    long bytes = fseek(out, 0, SEEK_END) ? -1 : ftell(out);
    if (bytes < 0) return err_set(SIBYL_E_IO, "cannot read what %s printed", program);
    char *text = calloc(1, (size_t)bytes + 1);
    if (!text) return err_memory(program);
    rewind(out);
    char *svg = fread(text, 1, (size_t)bytes, out) == (size_t)bytes ? strstr(text, "<svg") : NULL;
    if (!svg) {
        free(text);
        return err_set(SIBYL_E_IO, "%s printed no SVG", program);
    }
    memmove(text, svg, strlen(svg) + 1);
    *out_svg = text;
    return SIBYL_OK;
}

enum status report_tool(const char *const *words, const char *package, const char *input,
                        char **out_svg)
{
    FILE *in = tmpfile(), *out = tmpfile();
    enum status st = SIBYL_OK;
    if (in) (void)fcntl(fileno(in), F_SETFD, FD_CLOEXEC);
    if (out) (void)fcntl(fileno(out), F_SETFD, FD_CLOEXEC);
    if (!in || !out || fputs(input, in) == EOF || fflush(in) || fseek(in, 0, SEEK_SET))
        st = err_set(SIBYL_E_IO, "cannot make a temporary file: %s", strerror(errno));
    if (!st) st = run(words, package, in, out);
    if (!st) st = read_svg(out, words[0], out_svg);
    if (in) fclose(in);
    if (out) fclose(out);
    return st;
}
