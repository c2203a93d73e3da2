#include "search/evaluators/command_script.h"

#include "base/file.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_BYTES 256 /* of the first line the kernel reads no more */
#define BLANKS " \t"

static bool runs(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

/* As seen from `folder`. */
static bool runs_from(const char *folder, const char *name)
{
    char *path = folder && name[0] != '/' ? file_join(folder, name) : strdup(name);
    bool yes = path && runs(path);
    free(path);
    return yes;
}

static bool is_in_path(const char *name)
{
    const char *search_path = getenv("PATH");
    char *parts = strdup(search_path ? search_path : "/usr/local/bin:/usr/bin:/bin"), *place = NULL;
    bool found = false;
    if (!parts) return true; /* not known: the start will tell */
    for (char *part = strtok_r(parts, ":", &place); part && !found;
         part = strtok_r(NULL, ":", &place)) {
        char *path = file_join(part, name);
        found = path && runs(path);
        free(path);
    }
    free(parts);
    return found;
}

/* What `env` is told to run: behind its flags and NAME=VALUE words. NULL: it cannot be told. */
static char *env_program(char *words)
{
    char *place = NULL;
    for (char *word = strtok_r(words, BLANKS, &place); word;
         word = strtok_r(NULL, BLANKS, &place)) {
        if (strcmp(word, "-S") == 0 || strcmp(word, "--") == 0 || strchr(word, '=')) continue;
        if (strncmp(word, "-S", 2) == 0) return word + 2;
        if (word[0] == '-') return NULL;
        return word;
    }
    return NULL;
}

static enum status refuse_windows(const char *name, const char *interpreter)
{
    char shown[LINE_BYTES];
    return err_set(SIBYL_E_USAGE,
                   "evaluator.command: %s has Windows line ends: its first line ends with a "
                   "carriage return, which the system takes for a part of the interpreter's name "
                   "(%s); convert it, as with: sed -i 's/\\r$//' %s",
                   name, text_printable(shown, sizeof(shown), interpreter), name);
}

static enum status refuse_missing(const char *name, const char *interpreter)
{
    char shown[LINE_BYTES];
    return err_set(SIBYL_E_USAGE,
                   "evaluator.command: the first line of %s (#!) names the interpreter %s, which "
                   "is not there or cannot be run: install it, or name another",
                   name, text_printable(shown, sizeof(shown), interpreter));
}

/* `line` is the first one, behind its "#!". */
static enum status check_interpreter(const char *script, const char *folder, char *line)
{
    size_t bytes = strlen(line);
    char *interpreter = line + strspn(line, BLANKS);
    if (bytes > 1 && line[bytes - 1] == '\r') return refuse_windows(script, interpreter);
    char *words = interpreter + strcspn(interpreter, BLANKS);
    if (*words) *words++ = '\0';
    if (!*interpreter || strcmp(interpreter, "\r") == 0)
        return err_set(SIBYL_E_USAGE,
                       "evaluator.command: the first line of %s (#!) names no interpreter", script);
    if (!runs_from(folder, interpreter)) return refuse_missing(script, interpreter);
    const char *name = strrchr(interpreter, '/');
    char *program = strcmp(name ? name + 1 : interpreter, "env") == 0 ? env_program(words) : NULL;
    if (!program || !*program) return SIBYL_OK;
    if (strchr(program, '/') ? runs_from(folder, program) : is_in_path(program)) return SIBYL_OK;
    return refuse_missing(script, program);
}

static enum status refuse_plain(const char *name, const char *line)
{
    bool marked = strncmp(line, "\357\273\277#!", 5) == 0;
    return err_set(
        SIBYL_E_USAGE, "evaluator.command: %s is a text that names no interpreter: %s", name,
        marked ? "it begins with a byte order mark, before its #!; save it without"
               : "its first line must be one such as #!/bin/sh or #!/usr/bin/env python3");
}

enum status command_script_check(const char *path, const char *name, const char *folder)
{
    char line[LINE_BYTES + 1];
    uint64_t size = 0;
    int fd = -1;
    if (access(path, R_OK) != 0) return SIBYL_OK;
    enum status st = file_open_read(path, &fd, &size);
    if (st) return st;
    ssize_t bytes = pread(fd, line, LINE_BYTES, 0);
    close(fd);
    if (bytes < 0) return SIBYL_OK; /* the start will tell */
    line[bytes] = '\0';
    bool text = bytes == 0 || (strlen(line) == (size_t)bytes && strncmp(line, "\177ELF", 4) != 0);
    char *end = strchr(line, '\n');
    if (end) *end = '\0';
    if (line[0] == '#' && line[1] == '!') return check_interpreter(name, folder, line + 2);
    return text ? refuse_plain(name, line) : SIBYL_OK;
}
