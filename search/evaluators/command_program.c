#include "search/evaluators/command_program.h"

#include "base/file.h"
#include "search/evaluators/command_script.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTENT_MAX (64u << 20)

static bool is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static bool is_program(const char *path)
{
    return is_file(path) && access(path, X_OK) == 0;
}

/* A word as seen from the working folder; the caller's to free(). */
static char *seen_from(const char *folder, const char *word)
{
    return folder && word[0] != '/' ? file_join(folder, word) : strdup(word);
}

static enum status find_as_written(struct command_program *p, const char *name, const char *folder)
{
    char *path = seen_from(folder, name);
    if (!path) return err_memory("the path of the evaluating program");
    bool found = is_program(path);
    enum status st = found ? command_script_check(path, name, folder) : SIBYL_OK;
    free(path);
    if (!found)
        return err_set(SIBYL_E_USAGE,
                       "evaluator.command: %s is no program that can be run%s%s: check the path, "
                       "and chmod +x it",
                       name, folder ? " in " : "", folder ? folder : "");
    if (st) return st;
    p->path = strdup(name);
    return p->path ? SIBYL_OK : err_memory("the path of the evaluating program");
}

enum status command_program_find(struct command_program *p, const char *const *words,
                                 uint32_t count, const char *folder)
{
    *p = (struct command_program){0};
    SIBYL_BUG_IF(count == 0);
    if (strchr(words[0], '/')) return find_as_written(p, words[0], folder);
    const char *search_path = getenv("PATH");
    char *parts = strdup(search_path ? search_path : "/usr/local/bin:/usr/bin:/bin"), *place = NULL;
    if (!parts) return err_memory("the path of the evaluating program");
    for (char *part = strtok_r(parts, ":", &place); part && !p->path;
         part = strtok_r(NULL, ":", &place)) {
        char *path = part[0] == '/' ? file_join(part, words[0]) : NULL;
        if (path && is_program(path))
            p->path = path;
        else
            free(path);
    }
    free(parts);
    if (p->path) return command_script_check(p->path, words[0], folder);
    return err_set(SIBYL_E_USAGE,
                   "evaluator.command: there is no program '%s' in PATH: install it, or give its "
                   "path",
                   words[0]);
}

static bool ends_as_script(const char *path)
{
    static const char *const ends[] = {".py",  ".sh", ".R",  ".r", ".jl",
                                       ".lua", ".pl", ".rb", ".js"};
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        size_t end = strlen(ends[i]);
        if (length > end && strcmp(path + length - end, ends[i]) == 0) return true;
    }
    return false;
}

static bool is_script(const char *path)
{
    char begin[2] = "";
    uint64_t size = 0;
    int fd = -1;
    if (!is_file(path)) return false;
    if (ends_as_script(path) || access(path, X_OK) == 0) return true;
    if (file_open_read(path, &fd, &size)) return false;
    bool shebang = size >= sizeof(begin) && pread(fd, begin, sizeof(begin), 0) == sizeof(begin) &&
                   begin[0] == '#' && begin[1] == '!';
    close(fd);
    return shebang;
}

/* A digest of a file's size and its first CONTENT_MAX bytes: containers have gigabytes. */
static enum status digest_file(const char *path, char out[HASH128_TEXT_BYTES])
{
    int fd = -1;
    uint64_t size = 0;
    enum status st = file_open_read(path, &fd, &size);
    if (st) return st;
    size_t bytes = size < CONTENT_MAX ? (size_t)size : CONTENT_MAX;
    unsigned char *content = malloc(bytes + sizeof(size));
    st = content ? file_read_at(fd, path, content, bytes, 0) : err_memory(path);
    if (!st) {
        memcpy(content + bytes, &size, sizeof(size));
        hash128_text(digest_xxh128(content, bytes + sizeof(size)), out);
    }
    free(content);
    close(fd);
    return st;
}

/* Takes `path` over. A program that may be executed and not read is known by its words alone. */
static enum status add(struct command_program *p, char *path, struct identity_files *out)
{
    char digest[HASH128_TEXT_BYTES];
    size_t i = 0;
    while (i < COMMAND_FILES_MAX && p->files[i]) i++;
    enum status st = SIBYL_OK;
    bool counts = i < COMMAND_FILES_MAX && access(path, R_OK) == 0;
    if (counts) st = digest_file(path, digest);
    if (!counts || st) {
        free(path);
        return st;
    }
    p->files[i] = path;
    identity_files_add(out, COMMAND_PROGRAM, path, digest);
    return SIBYL_OK;
}

enum status command_program_identity(struct command_program *p, const char *const *words,
                                     uint32_t count, const char *folder, struct identity_files *out)
{
    bool own = strchr(words[0], '/') != NULL;
    enum status st = SIBYL_OK;
    for (uint32_t i = own ? 0 : 1; !st && i < count; i++) {
        char *path = seen_from(folder, words[i]);
        if (!path) return err_memory("the path of an evaluating program");
        if (i == 0 || is_script(path))
            st = add(p, path, out);
        else
            free(path);
    }
    if (st || p->files[0]) return st;
    char *path = strdup(p->path);
    return path ? add(p, path, out) : err_memory("the path of an evaluating program");
}

void command_program_release(struct command_program *p)
{
    free(p->path);
    for (size_t i = 0; i < COMMAND_FILES_MAX; i++) free(p->files[i]);
    *p = (struct command_program){0};
}
