#define _XOPEN_SOURCE 700 /* realpath(), mkdtemp() */
#include "search/evaluators/command_place.h"

#include "base/file.h"
#include "base/process/keeper.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

#define GPUS_MAX 1024 /* of a node */
#define OWN_VARIABLES 9
#define GPUS_VARIABLE "CUDA_VISIBLE_DEVICES"

/* ---- GPUs ---- */

struct devices {
    const char *said_by; /* the variable that lists them; NULL: none does, they count from 0 */
    char *text;          /* owned; the names in `names` stand in it */
    const char *names[GPUS_MAX];
    uint32_t count;
    char numbers[GPUS_MAX][12]; /* of ranges */
};

static bool devices_add(struct devices *d, const char *name)
{
    if (d->count == GPUS_MAX) return false;
    d->names[d->count++] = name;
    return true;
}

/* "0-3" is four devices, as Slurm writes them; "GPU-8f3b..." is one. */
static bool devices_add_range(struct devices *d, const char *item)
{
    unsigned first = 0, last = 0;
    int end = 0;
    if (sscanf(item, "%u-%u%n", &first, &last, &end) != 2 || item[end] || last < first)
        return devices_add(d, item);
    for (unsigned i = first; i <= last; i++) {
        if (d->count == GPUS_MAX) return false;
        snprintf(d->numbers[d->count], sizeof(d->numbers[0]), "%u", i);
        devices_add(d, d->numbers[d->count]);
    }
    return true;
}

/* What the launcher or the batch system lets this process see. */
static enum status devices_read(struct devices *d)
{
    static const char *const variables[] = {GPUS_VARIABLE, "SLURM_JOB_GPUS", "GPU_DEVICE_ORDINAL"};
    const char *list = NULL;
    for (size_t i = 0; i < sizeof(variables) / sizeof(*variables) && !list; i++) {
        list = getenv(variables[i]);
        if (list) d->said_by = variables[i];
    }
    if (!list) return SIBYL_OK;
    d->text = strdup(list);
    if (!d->text) return err_memory("the list of GPUs");
    char *place = NULL;
    for (char *item = strtok_r(d->text, ", \t", &place); item;
         item = strtok_r(NULL, ", \t", &place)) {
        if (strcmp(item, "-1") == 0 || strcmp(item, "NoDevFiles") == 0) break; /* none from here */
        if (!devices_add_range(d, item)) break;
    }
    return SIBYL_OK;
}

/* Slurm may give each rank GPUs of its own, which no other rank sees. */
static bool devices_are_own(const struct devices *d, uint32_t each)
{
    return d->said_by && d->count == each &&
           (getenv("SLURM_GPUS_PER_TASK") || getenv("SLURM_TRES_PER_TASK"));
}

static enum status devices_share(const struct devices *d, uint32_t each, uint32_t slot, char **out)
{
    char *list = NULL;
    size_t bytes = 0;
    uint32_t first = devices_are_own(d, each) ? 0 : slot * each;
    FILE *f = open_memstream(&list, &bytes);
    if (!f) return err_memory("the list of GPUs");
    for (uint32_t i = first; i < first + each; i++) {
        if (i > first) fputc(',', f);
        if (d->said_by)
            fputs(d->names[i], f);
        else
            fprintf(f, "%" PRIu32, i);
    }
    if (fclose(f)) {
        free(list);
        return err_memory("the list of GPUs");
    }
    *out = list;
    return SIBYL_OK;
}

enum status command_place_gpus(uint32_t each, uint32_t slot, uint32_t slots, char **out)
{
    struct devices *d = calloc(1, sizeof(*d));
    if (!d) return err_memory("the list of GPUs");
    enum status st = devices_read(d);
    uint64_t wanted = (uint64_t)each * slots;
    if (!st && d->said_by && !devices_are_own(d, each) && wanted > d->count)
        st = err_set(SIBYL_E_USAGE,
                     "evaluator.gpus: %" PRIu32 " GPUs for each of %" PRIu32 " evaluations at once "
                     "on this node are %" PRIu64 ", but %s lists %" PRIu32
                     ": ask for more GPUs, start fewer ranks on a node, or lower evaluator.gpus",
                     each, slots, wanted, d->said_by, d->count);
    if (!st && wanted > GPUS_MAX)
        st = err_set(SIBYL_E_USAGE, "evaluator.gpus: no node has %" PRIu64 " GPUs", wanted);
    if (!st) st = devices_share(d, each, slot, out);
    free(d->text);
    free(d);
    return st;
}

/* ---- the environment ---- */

/* A child that uses MPI itself must not take itself for one of our ranks, and what we set is not to
 * be there twice. */
static bool is_hidden(const struct command_place *p, const char *variable)
{
    static const char *const prefixes[] = {"OMPI_",         "PMIX_",
                                           "PMI_",          "PRTE_",
                                           "ORTE_",         "OPAL_",
                                           "SIBYL_TASK=",   "SIBYL_SLOT=",
                                           "SIBYL_SLOTS=",  "SIBYL_SEED=",
                                           "SIBYL_BUDGET=", "SIBYL_SCRATCH=",
                                           "SIBYL_RUN=",    "SIBYL_CHECKPOINT="};
    if (strncmp(variable, "OMPI_ALLOW_RUN_AS_ROOT", 22) == 0) return false;
    if (p->gpus && strncmp(variable, GPUS_VARIABLE "=", sizeof(GPUS_VARIABLE)) == 0) return true;
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
        if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0) return true;
    return false;
}

static size_t count_words(char *const *words)
{
    size_t count = 0;
    while (words[count]) count++;
    return count;
}

static char *variable_new(const char *name, const char *value)
{
    size_t bytes = strlen(name) + strlen(value) + 2;
    char *word = malloc(bytes);
    if (word) snprintf(word, bytes, "%s=%s", name, value);
    return word;
}

static char *variable_number(const char *name, uint64_t number)
{
    char value[24];
    snprintf(value, sizeof(value), "%" PRIu64, number);
    return variable_new(name, value);
}

enum status command_environment_make(struct command_environment *e, const struct command_place *p,
                                     const struct command_variables *v)
{
    size_t kept = count_words(p->kept);
    char budget[32] = "";
    if (v->budget > 0) snprintf(budget, sizeof(budget), "%.10g", v->budget);
    bool whole = true;
    *e = (struct command_environment){.words = calloc(kept + OWN_VARIABLES + 1, sizeof(char *))};
    if (!e->words) return err_memory("the environment of an evaluating program");
    e->words[e->own++] = variable_number("SIBYL_TASK", v->task);
    e->words[e->own++] = variable_number("SIBYL_SEED", v->seed);
    e->words[e->own++] = variable_number("SIBYL_SLOT", p->slot);
    e->words[e->own++] = variable_number("SIBYL_SLOTS", p->slots);
    e->words[e->own++] = variable_new("SIBYL_BUDGET", budget);
    e->words[e->own++] = variable_new("SIBYL_CHECKPOINT", v->checkpoint ? v->checkpoint : "");
    e->mark = e->words[e->own++] = variable_new("SIBYL_SCRATCH", v->scratch);
    if (p->run) e->words[e->own++] = variable_new("SIBYL_RUN", p->run);
    if (p->gpus) e->words[e->own++] = variable_new(GPUS_VARIABLE, p->gpus);
    for (size_t i = 0; i < e->own; i++) whole = whole && e->words[i];
    memcpy(e->words + e->own, p->kept, kept * sizeof(*e->words));
    if (whole) return SIBYL_OK;
    command_environment_release(e);
    return err_memory("the environment of an evaluating program");
}

void command_environment_release(struct command_environment *e)
{
    for (size_t i = 0; i < e->own; i++) free(e->words[i]);
    free(e->words);
    *e = (struct command_environment){0};
}

/* ---- the rest ---- */

enum status command_place_scratch(const struct command_place *p, char **out)
{
    char *folder = file_join(p->scratch, "sibyl-evaluation-XXXXXX");
    if (!folder) return err_memory("a scratch folder");
    if (!mkdtemp(folder)) {
        int cause = errno;
        free(folder);
        (void)err_set(SIBYL_E_IO,
                      "cannot make a scratch folder in %s: %s; set evaluator.scratch or TMPDIR",
                      p->scratch, strerror(cause));
        errno = cause;
        return SIBYL_E_IO;
    }
    *out = folder;
    return SIBYL_OK;
}

enum status command_place_checkpoint(const char *run, uint64_t task, char **out)
{
    char name[48];
    snprintf(name, sizeof(name), "checkpoints/%" PRIu64, task);
    *out = file_join(run, name);
    return *out ? SIBYL_OK : err_memory("a folder of a checkpoint");
}

enum status command_place_begin_checkpoint(const char *folder)
{
    char *all = strdup(folder), *slash = all ? strrchr(all, '/') : NULL;
    if (!slash) {
        free(all);
        return err_memory("a folder of a checkpoint");
    }
    *slash = '\0';
    bool made = mkdir(all, 0777) == 0 || errno == EEXIST;
    free(all);
    if (made && mkdir(folder, 0777) == 0) return SIBYL_OK;
    if (made && errno == EEXIST)
        keeper_remove(folder); /* what an evaluation has left that was cut */
    if (made && (mkdir(folder, 0777) == 0)) return SIBYL_OK;
    return err_set(SIBYL_E_IO, "cannot make the folder %s for a checkpoint: %s", folder,
                   strerror(errno));
}

bool command_place_has_checkpoint(const char *folder)
{
    DIR *d = opendir(folder);
    bool any = false;
    if (!d) return false;
    for (struct dirent *e = readdir(d); e && !any; e = readdir(d))
        any = strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return any;
}

static enum status place_scratch_folder(struct command_place *p, const char *wanted)
{
    const char *folders[] = {wanted ? wanted : getenv("TMPDIR"), wanted ? NULL : "/tmp"};
    struct stat info;
    for (size_t i = 0; i < 2; i++) {
        if (!folders[i] || stat(folders[i], &info) != 0 || !S_ISDIR(info.st_mode)) continue;
        p->scratch = realpath(folders[i], NULL);
        if (p->scratch) return SIBYL_OK;
    }
    return err_set(wanted ? SIBYL_E_USAGE : SIBYL_E_IO,
                   "evaluator.scratch: there is no folder %s for scratch folders",
                   wanted ? wanted : "/tmp");
}

enum status command_place_open(struct command_place *p, const struct evaluator_command_options *o)
{
    size_t kept = 0;
    enum status st = SIBYL_OK;
    *p = (struct command_place){.slot = o->slot, .slots = o->slots ? o->slots : 1};
    if (o->gpus) st = command_place_gpus(o->gpus, p->slot, p->slots, &p->gpus);
    if (!st) st = place_scratch_folder(p, o->scratch);
    if (st) return st;
    p->kept = calloc(count_words(environ) + 1, sizeof(*p->kept));
    if (!p->kept) return err_memory("the evaluating command");
    for (size_t i = 0; environ[i]; i++)
        if (!is_hidden(p, environ[i])) p->kept[kept++] = environ[i];
    if (o->run) {
        p->run = realpath(o->run, NULL); /* a run that is only checked has no folder yet */
        if (!p->run) p->run = strdup(o->run);
        if (!p->run) return err_memory("a folder name");
    }
    return SIBYL_OK;
}

void command_place_release(struct command_place *p)
{
    free(p->kept);
    free(p->gpus);
    free(p->run);
    free(p->scratch);
    *p = (struct command_place){0};
}
