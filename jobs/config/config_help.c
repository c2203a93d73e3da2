#include "jobs/config/config_help.h"

#include "jobs/config/config_keys.h"
#include "jobs/config/recipe.h"
#include "jobs/config/roff.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define VERBS 3
#define ANY_VERB ((1u << VERBS) - 1)
#define WANT_BYTES 384

static const char *const verb_names[VERBS] = {
    [CONFIG_TRAIN] = "train", [CONFIG_SCORE] = "score", [CONFIG_SEARCH] = "search"};

/* The defaults of all verbs, by enum config_verb. */
struct defaults {
    struct config_values of[VERBS];
};

static void defaults_release(struct defaults *d)
{
    for (int v = 0; v < VERBS; v++) config_key_release((enum config_verb)v, &d->of[v]);
}

static enum status defaults_make(struct defaults *d)
{
    enum status st = SIBYL_OK;
    *d = (struct defaults){0};
    for (int v = 0; !st && v < VERBS; v++) st = config_key_defaults((enum config_verb)v, &d->of[v]);
    if (st) defaults_release(d);
    return st;
}

/* ---- pieces of a row ---- */

static void print_verbs(const struct config_key *key, FILE *out)
{
    const char *joint = "";
    for (unsigned v = 0; v < VERBS; v++) {
        if (!(key->verbs & 1u << v)) continue;
        fprintf(out, "%s%s", joint, verb_names[v]);
        joint = ", ";
    }
}

static void default_text(char *text, size_t bytes, const struct config_key *key,
                         const struct config_values *values)
{
    const char *at = (const char *)values + key->offset;
    int word;
    uint32_t small, count = 0;
    uint64_t large;
    double number;
    *text = '\0';
    if (key->flags & KEY_OF_RECORD) return;
    switch (key->kind) {
    case KEY_WHOLE:
        memcpy(&large, at, key->bytes == sizeof(large) ? sizeof(large) : 0);
        memcpy(&small, at, sizeof(small));
        snprintf(text, bytes, "%llu",
                 (unsigned long long)(key->bytes == sizeof(large) ? large : small));
        break;
    case KEY_NUMBER:
    case KEY_ROWS:
        memcpy(&number, at, sizeof(number));
        snprintf(text, bytes, "%.10g", number);
        break;
    case KEY_SWITCH:
        snprintf(text, bytes, "%s", *(const bool *)at ? "true" : "false");
        break;
    case KEY_WORD:
        memcpy(&word, at, sizeof(word));
        snprintf(text, bytes, "%s", words_name(key->words, word));
        break;
    case KEY_TEXT:
    case KEY_PATH:
    case KEY_SPACE:
        if (*(char *const *)at) snprintf(text, bytes, "%s", *(char *const *)at);
        break;
    case KEY_WORDS:
        memcpy(&count, (const char *)values + key->count_offset, sizeof(count));
        for (uint32_t i = 0; i < count; i++) {
            size_t used = strlen(text);
            memcpy(&word, at + i * sizeof(word), sizeof(word));
            snprintf(text + used, bytes - used, "%s%s", i ? ", " : "[",
                     words_name(key->words, word));
        }
        strncat(text, "]", bytes - strlen(text) - 1);
        break;
    case KEY_TEXTS:
    case KEY_PATHS:
    case KEY_RECORDS:
    case KEY_SECTION:
    case KEY_GRID:
        break;
    }
}

/* "4 (search: 2)", "none", or "must be given". */
static void print_default(const struct config_key *key, const struct defaults *d, FILE *out)
{
    char first[WANT_BYTES] = "", text[WANT_BYTES];
    bool any = false;
    if (key->flags & KEY_NEEDED) {
        fputs("must be given", out);
        return;
    }
    if (key->kind == KEY_GRID && key->high > 0) snprintf(first, sizeof(first), "%.0f", key->low);
    for (int v = 0; v < VERBS && key->kind != KEY_GRID; v++) {
        if (!(key->verbs & 1u << v)) continue;
        default_text(text, sizeof(text), key, &d->of[v]);
        if (v == CONFIG_TRAIN && recipe_bit(key->path)) snprintf(text, sizeof(text), "by effort");
        if (!any) {
            memcpy(first, text, sizeof(first));
            fputs(*first ? first : "none", out);
        } else if (strcmp(first, text)) {
            fprintf(out, " (%s: %s)", verb_names[v], text);
        }
        any = true;
    }
    if (!any) fputs(*first ? first : "none", out);
}

static bool has_words_of_its_own(const struct config_key *key)
{
    return key->words && (key->kind == KEY_WORD || key->kind == KEY_WORDS);
}

/* ---- on a terminal ---- */

static void print_row(const struct config_key *key, const struct defaults *d, FILE *out)
{
    char want[WANT_BYTES];
    fprintf(out, "%s  (", key->path);
    print_verbs(key, out);
    fprintf(out, ")\n    %s\n", key->sentence);
    if (key->kind == KEY_SECTION) return;
    config_key_want(want, sizeof(want), key);
    want[0] = (char)toupper((unsigned char)want[0]);
    if (key->words) want[0] = (char)tolower((unsigned char)want[0]);
    fprintf(out, "    %s. Default: ", want);
    print_default(key, d, out);
    fprintf(out, ".%s\n",
            key->flags & KEY_MAY_CHANGE ? " May change between runs of one job." : "");
    for (size_t i = 0; has_words_of_its_own(key) && i < key->words->count; i++)
        fprintf(out, "      %-15s %s\n", key->words->list[i].name, key->words->list[i].sentence);
}

/* Whether `path` is `key` or below it. */
static bool is_under(const char *path, const char *key)
{
    size_t length = strlen(key);
    return length == 0 ||
           (!strncmp(path, key, length) && (path[length] == '\0' || path[length] == '.'));
}

enum status config_help(const char *key, FILE *out)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    struct defaults d;
    if (*key && !config_key_find(ANY_VERB, key, strlen(key)))
        return err_set(SIBYL_E_USAGE, "help: there is no key %.80s; the nearest is %s", key,
                       config_key_nearest(ANY_VERB, key, true));
    enum status st = defaults_make(&d);
    if (st) return st;
    for (size_t i = 0; i < count; i++)
        if (is_under(keys[i].path, key)) print_row(&keys[i], &d, out);
    if (!strcmp(key, "effort")) {
        fputs("\n", out);
        recipe_print(out);
    }
    defaults_release(&d);
    return SIBYL_OK;
}

/* ---- the page ---- */

static const char page_head[] =
    "# Job files\n"
    "\n"
    "<!-- Made by `sibyl help job-files`. Change jobs/config/config_keys.c, not this page. -->\n"
    "\n"
    "A job file is one YAML document: a mapping of the keys below. What it leaves out has its\n"
    "default. `--set KEY.PATH=VALUE` takes a value for a key over that of the file; of several\n"
    "flags for one key the last counts. `sibyl help KEY` prints a key, or a section of keys.\n"
    "\n"
    "An unknown key, a wrong type or a value out of bounds is an error that names file, line, key\n"
    "and what is allowed; so are keys that stand twice, tags, merge keys (`<<`) and a second\n"
    "document. Anchors and aliases are taken. Numbers are decimal and stand without quotes; whole\n"
    "numbers may be written as `1e6`. Relative paths are seen from the job file's folder. A file\n"
    "has at most 1 MB.\n"
    "\n"
    "*May change* marks keys that may differ between runs of one job in one folder: they bound a\n"
    "run, but do not decide what its results mean.\n";

/* A bar would end a cell of the table. */
static void print_cell(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '|') fputc('\\', out);
        fputc(*text, out);
    }
}

static void print_page_row(const struct config_key *key, const struct defaults *d, FILE *out)
{
    char want[WANT_BYTES];
    config_key_want(want, sizeof(want), key);
    fprintf(out, "| `%s` | ", key->path);
    print_cell(want, out);
    fputs(" | ", out);
    print_default(key, d, out);
    fputs(" | ", out);
    print_verbs(key, out);
    fprintf(out, " | %s | ", key->flags & KEY_MAY_CHANGE ? "yes" : "");
    print_cell(key->sentence, out);
    for (size_t i = 0; has_words_of_its_own(key) && i < key->words->count; i++) {
        fprintf(out, "<br>`%s`: ", key->words->list[i].name);
        print_cell(key->words->list[i].sentence, out);
    }
    fputs(" |\n", out);
}

static bool is_in_no_section(const struct config_key *key)
{
    const char *dot = strrchr(key->path, '.');
    if (!dot) return key->kind != KEY_SECTION;
    const struct config_key *in = config_key_find(key->verbs, key->path, (size_t)(dot - key->path));
    return in && in->kind != KEY_SECTION;
}

enum status config_help_page(FILE *out)
{
    static const char head[] = "\n| key | value | default | jobs | may change | |\n"
                               "|---|---|---|---|---|---|\n";
    size_t count;
    const struct config_key *keys = config_keys(&count);
    struct defaults d;
    enum status st = defaults_make(&d);
    if (st) return st;
    fprintf(out, "%s\n## Keys without a section\n%s", page_head, head);
    for (size_t i = 0; i < count; i++)
        if (is_in_no_section(&keys[i])) print_page_row(&keys[i], &d, out);
    for (size_t s = 0; s < count; s++) {
        if (keys[s].kind != KEY_SECTION) continue;
        size_t length = strlen(keys[s].path);
        fprintf(out, "\n## %s\n\n%s\n%s", keys[s].path, keys[s].sentence, head);
        for (size_t i = 0; i < count; i++)
            if (keys[i].kind != KEY_SECTION && !strncmp(keys[i].path, keys[s].path, length) &&
                keys[i].path[length] == '.' && !strchr(keys[i].path + length + 1, '.'))
                print_page_row(&keys[i], &d, out);
    }
    defaults_release(&d);
    return SIBYL_OK;
}

/* ---- the manual ---- */

/* A key as a tagged paragraph. */
static enum status print_man_row(const struct config_key *key, const struct defaults *d, FILE *out)
{
    char want[WANT_BYTES], *text = NULL;
    size_t bytes;
    FILE *body = open_memstream(&text, &bytes);
    if (!body) return err_memory("a manual page");
    fputs("(", body);
    print_verbs(key, body);
    fprintf(body, ") %s\n", key->sentence);
    if (key->kind != KEY_SECTION) {
        config_key_want(want, sizeof(want), key);
        fprintf(body, "Value: %s. Default: ", want);
        print_default(key, d, body);
        fprintf(body, ".%s\n", key->flags & KEY_MAY_CHANGE ? " May change." : "");
    }
    fclose(body);
    fputs(".TP\n.B ", out);
    roff_text(out, key->path);
    fputc('\n', out);
    roff_text(out, text);
    for (size_t i = 0; has_words_of_its_own(key) && i < key->words->count; i++) {
        fputs(".br\n\\fB", out);
        roff_text(out, key->words->list[i].name);
        fputs("\\fR: ", out);
        roff_text(out, key->words->list[i].sentence);
        fputc('\n', out);
    }
    free(text);
    return SIBYL_OK;
}

enum status config_help_man(FILE *out)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    struct defaults d;
    enum status st = defaults_make(&d);
    if (st) return st;
    for (size_t i = 0; i < count && !st; i++) st = print_man_row(&keys[i], &d, out);
    defaults_release(&d);
    return st;
}

/* ---- shells ---- */

static void take_settings(const struct config_key *key,
                          void (*take)(void *context, const char *setting), void *context)
{
    static const char *const switches[] = {"true", "false"};
    char text[WANT_BYTES];
    size_t words = key->kind == KEY_WORD ? key->words->count : key->kind == KEY_SWITCH ? 2 : 0;
    snprintf(text, sizeof(text), "%s=", key->path);
    take(context, text);
    for (size_t i = 0; i < words; i++) {
        snprintf(text, sizeof(text), "%s=%s", key->path,
                 key->kind == KEY_SWITCH ? switches[i] : key->words->list[i].name);
        take(context, text);
    }
}

void config_help_settings(const char *verb, void (*take)(void *context, const char *setting),
                          void *context)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    unsigned verbs = verb ? 0 : ANY_VERB;
    for (unsigned v = 0; verb && v < VERBS; v++)
        if (!strcmp(verb, verb_names[v])) verbs = 1u << v;
    for (size_t i = 0; i < count; i++)
        if (keys[i].verbs & verbs && keys[i].kind != KEY_SECTION &&
            !(keys[i].flags & KEY_OF_RECORD))
            take_settings(&keys[i], take, context);
}
