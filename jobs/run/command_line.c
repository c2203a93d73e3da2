#include "jobs/run/command_line.h"

#include "base/names.h"
#include "jobs/run/machine.h"
#include "jobs/run/walltime.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 1000000
#define SECONDS_MAX 1e9
#define RANKS_MAX 1000000
#define NUMBER_MAX 100000
#define HELP_COLUMN 24
#define NAME_MAX_BYTES 64
/* How U+2010 to U+2015 begin in UTF-8: hyphens and dashes as word processors and web pages set
 * them.
 */
#define TYPESET_DASH "\xe2\x80"

/* What getopt_long returns; OPERAND is its own choice. */
enum {
    OPERAND = 1,
    FLAG_SET,
    FLAG_LABEL,
    FLAG_SPACE,
    FLAG_ARCHITECTURE,
    FLAG_ID,
    FLAG_LIST,
    FLAG_OUT,
    FLAG_BASELINE,
    FLAG_THREADS,
    FLAG_ONLY,
    FLAG_WALLTIME,
    FLAG_STALL,
    FLAG_RANKS,
    FLAG_EVALUATION,
    FLAG_PROGRAM,
    FLAG_REPLAY,
    FLAG_NUMBER,
    FLAG_PENDING,
    FLAG_WAIT,
    FLAG_WATCH,
    FLAG_OPEN,
    FLAG_QUIET,
    FLAG_VERBOSE,
    FLAG_DRY,
    FLAG_HELP,
    FLAG_VERSION
};

static const struct flag flags[] = {
    {FLAG_SET, "set", "KEY.PATH=VALUE", "train score search plan ask tell",
     "take VALUE for a key of the job file (repeat for more)"},
    {FLAG_LABEL, "label", "NAME=COLUMN[:SCALE]", "import",
     "a label, the column it comes from, and what to multiply it by\n(repeat for more; default: "
     "every column of numbers)"},
    {FLAG_SPACE, "space", "SPACE", "import",
     "csv: the search space that the rows are of, a name or FILE.yaml"},
    {FLAG_ARCHITECTURE, "architecture", "COLUMN[,COLUMN..]", "import",
     "csv: the column of the space's text or of indices, or one column for\neach gene, in the "
     "space's order (repeat for more)"},
    {FLAG_ID, "id", "COLUMN", "import",
     "keep this column as the rows' ids (default: one called id)"},
    {FLAG_LIST, "list", NULL, "import", "say which formats there are"},
    {FLAG_OUT, "out", "PATH", "import train score search ask tell plan report bench",
     "folder for results (import: the dataset file; bench: a JSON file)"},
    {FLAG_BASELINE, "baseline", "FILE", "bench",
     "also print ratios to what --out FILE wrote before"},
    {FLAG_THREADS, "threads", "N", "train score search ask plan bench",
     "of each rank (else OMP_NUM_THREADS, else the node's CPUs shared by\nits ranks)"},
    {FLAG_ONLY, "only", "I/N", "train search", "of an experiment's runs, the I-th of N parts"},
    {FLAG_WALLTIME, "walltime", "TIME", "train score search",
     "stop in time, as after a signal; minutes, or H:M:S, D-H:M and so on\nas in Slurm (else "
     "SLURM_JOB_END_TIME, where it is set)"},
    {FLAG_STALL, "stall-timeout", "S", "train score search plan bench",
     "end the job when a rank makes no progress for S seconds (600;\n0: never)"},
    {FLAG_RANKS, "ranks", "N", "plan",
     "for 1, 2, 4 .. N ranks, and a script for N (else for the most ranks\nthat 80% efficiency is "
     "had with)"},
    {FLAG_EVALUATION, "evaluation-time", "S", "plan",
     "seconds that your program takes for one evaluation"},
    {FLAG_NUMBER, "number", "N", "ask", "networks to ask for (1)", 'n'},
    {FLAG_PENDING, "pending", NULL, "ask",
     "those once more that were asked for and not told, such as after a\ncrash; nothing new (with "
     "-n: the first N of them)"},
    {FLAG_WAIT, "wait", "S", "ask tell",
     "seconds to wait for others that are at work in the folder (600)"},
    {FLAG_PROGRAM, "accept-program", NULL, "search ask tell",
     "go on though the evaluating program was changed since the run began;\nits values must mean "
     "the same"},
    {FLAG_REPLAY, "replay", NULL, "search",
     "evaluate nothing: propose again what the journal in --out holds, from\nits order of results, "
     "and say whether it comes out the same"},
    {FLAG_WATCH, "watch", NULL, "report",
     "renew the page as long as a run is at work; it then loads itself again"},
    {FLAG_OPEN, "open", NULL, "report", "show the page in your browser (xdg-open)"},
    {FLAG_QUIET, "quiet", NULL, NULL, "say nothing but warnings and errors"},
    {FLAG_VERBOSE, "verbose", NULL, NULL,
     "also say what was read, how long each part took, and what this\nmachine runs on"},
    {FLAG_DRY, "dry-run", NULL, NULL, "check everything, run nothing"},
    {FLAG_HELP, "help", NULL, NULL, "say what there is and stop", 'h'},
    {FLAG_VERSION, "version", NULL, NULL, "say which version this is and stop", 'V'},
};
enum { FLAGS = sizeof(flags) / sizeof(flags[0]) };

/* Whether `verb` is one of the words of a list. */
static bool is_word_of(const char *list, const char *verb)
{
    size_t length = strlen(verb);
    for (const char *at = strstr(list, verb); at; at = strstr(at + 1, verb))
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || !at[length])) return true;
    return false;
}

static bool takes(const char *verb, const struct flag *f)
{
    return !f->verbs || (verb && is_word_of(f->verbs, verb));
}

const struct flag *options_next_flag(const char *verb, size_t *at)
{
    while (*at < FLAGS) {
        const struct flag *f = &flags[(*at)++];
        if (takes(verb, f)) return f;
    }
    return NULL;
}

void options_print_flags(FILE *out, const char *verb)
{
    size_t at = 0;
    for (const struct flag *f; (f = options_next_flag(verb, &at));) {
        int written =
            fprintf(out, "  --%s%s%s", f->name, f->value ? " " : "", f->value ? f->value : "");
        fprintf(out, written < HELP_COLUMN ? "%*s" : "\n%*s",
                written < HELP_COLUMN ? HELP_COLUMN - written : HELP_COLUMN, "");
        if (f->letter) fprintf(out, "(-%c) ", f->letter);
        for (const char *c = f->help; *c; c++) {
            fputc(*c, out);
            if (*c == '\n') fprintf(out, "%*s", HELP_COLUMN, "");
        }
        fputc('\n', out);
    }
}

static enum status keep(char **list, int *count, char *text, const char *flag)
{
    if (*count == OPTIONS_REPEATS_MAX)
        return err_set(SIBYL_E_USAGE, "more than %d times %s", OPTIONS_REPEATS_MAX, flag);
    list[(*count)++] = text;
    return SIBYL_OK;
}

static enum status take_threads(struct options *o, const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end || n < 1 || n > THREADS_MAX)
        return err_set(SIBYL_E_USAGE, "--threads %s: want 1..%d", text, THREADS_MAX);
    o->threads = (int)n;
    return SIBYL_OK;
}

static enum status take_only(struct options *o, const char *text)
{
    char *slash, *end;
    long part = strtol(text, &slash, 10), parts = *slash == '/' ? strtol(slash + 1, &end, 10) : 0;
    if (*slash != '/' || *end || parts < 1 || parts > PARTS_MAX || part < 1 || part > parts)
        return err_set(SIBYL_E_USAGE, "--only %s: want I/N, such as 2/8, with 1 <= I <= N <= %d",
                       text, PARTS_MAX);
    o->part = (int)part;
    o->parts = (int)parts;
    return SIBYL_OK;
}

/* Not negative. */
static enum status take_seconds(double *out, const char *flag, const char *text, const char *want)
{
    char *end;
    double s = strtod(text, &end);
    if (end == text || *end || !(s >= 0) || s > SECONDS_MAX)
        return err_set(SIBYL_E_USAGE, "%s %s: want %s", flag, text, want);
    *out = s;
    return SIBYL_OK;
}

static enum status take_ranks(struct options *o, const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end || n < 1 || n > RANKS_MAX)
        return err_set(SIBYL_E_USAGE, "--ranks %s: want 1..%d", text, RANKS_MAX);
    o->ranks = (int)n;
    return SIBYL_OK;
}

static enum status take_number(struct options *o, const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end || n < 1 || n > NUMBER_MAX)
        return err_set(SIBYL_E_USAGE, "-n %s: want 1..%d", text, NUMBER_MAX);
    o->number = (uint64_t)n;
    return SIBYL_OK;
}

/* A flag without a value. */
static void take_switch(struct options *o, int flag)
{
    switch (flag) {
    case FLAG_LIST:
        o->list = true;
        break;
    case FLAG_PROGRAM:
        o->accept_program = true;
        break;
    case FLAG_REPLAY:
        o->replay = true;
        break;
    case FLAG_PENDING:
        o->pending = true;
        break;
    case FLAG_WATCH:
        o->watch = true;
        break;
    case FLAG_OPEN:
        o->open = true;
        break;
    case FLAG_QUIET:
        o->level = LOG_QUIET;
        break;
    case FLAG_VERBOSE:
        o->level = LOG_VERBOSE;
        break;
    case FLAG_DRY:
        o->dry_run = true;
        break;
    case FLAG_HELP:
        o->help = true;
        break;
    case FLAG_VERSION:
        o->version = true;
        break;
    }
}

static enum status take(struct options *o, int flag)
{
    switch (flag) {
    case FLAG_SET:
        if (!strchr(optarg, '=') || optarg[0] == '=')
            return err_set(SIBYL_E_USAGE, "--set %s: want KEY.PATH=VALUE", optarg);
        return keep(o->sets, &o->set_count, optarg, "--set");
    case FLAG_LABEL:
        return keep(o->labels, &o->label_count, optarg, "--label");
    case FLAG_SPACE:
        o->space = optarg;
        break;
    case FLAG_ARCHITECTURE:
        return keep(o->architectures, &o->architecture_count, optarg, "--architecture");
    case FLAG_ID:
        o->id = optarg;
        break;
    case FLAG_OUT:
        o->out = optarg;
        break;
    case FLAG_BASELINE:
        o->baseline = optarg;
        break;
    case FLAG_THREADS:
        return take_threads(o, optarg);
    case FLAG_ONLY:
        return take_only(o, optarg);
    case FLAG_WALLTIME:
        return walltime_parse(optarg, &o->walltime_s);
    case FLAG_STALL:
        return take_seconds(&o->stall_s, "--stall-timeout", optarg, "seconds, 0 for never");
    case FLAG_RANKS:
        return take_ranks(o, optarg);
    case FLAG_EVALUATION:
        return take_seconds(&o->evaluation_s, "--evaluation-time", optarg, "seconds");
    case FLAG_NUMBER:
        return take_number(o, optarg);
    case FLAG_WAIT:
        return take_seconds(&o->wait_s, "--wait", optarg, "seconds");
    default:
        take_switch(o, flag);
    }
    return SIBYL_OK;
}

/* ---- what is wrong with a flag ---- */

/* "; see sibyl help train", or what was probably meant. */
static enum status unknown_flag(const struct options *o, const char *argument)
{
    const char *names[FLAGS], *bare = argument + (argument[1] == '-' ? 2 : 1);
    char name[NAME_MAX_BYTES];
    size_t count = 0;
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(bare, "="), bare);
    for (size_t i = 0; i < FLAGS; i++)
        if (takes(o->verb, &flags[i])) names[count++] = flags[i].name;
    const char *meant = NULL;
    for (size_t i = 0; i < count; i++)
        if (!strcmp(names[i], name)) meant = names[i]; /* with one dash alone */
    if (!meant) meant = names_nearest(name, names, count);
    if (meant)
        return err_set(SIBYL_E_USAGE, "unknown flag %s; did you mean --%s?", argument, meant);
    return err_set(SIBYL_E_USAGE, "unknown flag %s; see sibyl %s%s", argument,
                   o->verb ? "help " : "--help", o->verb ? o->verb : "");
}

/* A flag that is known, given by this argument, for the first time or not. */
static enum status check_flag(const struct options *o, const struct flag *f, const char *argument,
                              bool again)
{
    bool joined = strchr(argument, '=') != NULL;
    if (argument[1] == '-' && strcspn(argument + 2, "=") != strlen(f->name))
        return unknown_flag(o, argument); /* getopt takes beginnings */
    if (!takes(o->verb, f) && !o->verb)
        return err_set(SIBYL_E_USAGE, "the verb comes first: sibyl VERB ... %s", argument);
    if (!takes(o->verb, f))
        return err_set(SIBYL_E_USAGE, "--%s is for %s only; see sibyl %s%s", f->name, f->verbs,
                       o->verb ? "help " : "--help", o->verb ? o->verb : "");
    if (f->value && !joined && !strncmp(optarg, "--", 2))
        return err_set(SIBYL_E_USAGE, "--%s needs a value, and %s follows (--%s=%s if that is it)",
                       f->name, optarg, f->name, optarg);
    if (again && f->value && f->id != FLAG_SET && f->id != FLAG_LABEL && f->id != FLAG_ARCHITECTURE)
        return err_set(SIBYL_E_USAGE, "--%s is given twice", f->name);
    return SIBYL_OK;
}

static enum status bad_flag(const struct options *o, int code, const char *argument)
{
    if (code == ':')
        return err_set(SIBYL_E_USAGE, "%s needs a value; see sibyl help %s", argument,
                       o->verb ? o->verb : "");
    if (argument[1] == '-' && optopt > 0 && optopt <= FLAG_VERSION)
        return err_set(SIBYL_E_USAGE, "%.*s takes no value", (int)strcspn(argument, "="), argument);
    return unknown_flag(o, argument);
}

/* ---- the line ---- */

/* What getopt_long wants to know. letters (2 * FLAGS + 3): with the dash operands are given one by
 * one, in order, and so optind is the next argument. */
static void getopt_flags(struct option *out, char *letters)
{
    letters += sprintf(letters, "-:");
    for (size_t i = 0; i < FLAGS; i++) {
        out[i] = (struct option){flags[i].name, flags[i].value ? required_argument : no_argument,
                                 NULL, flags[i].id};
        if (!flags[i].letter) continue;
        *letters++ = flags[i].letter;
        if (flags[i].value) *letters++ = ':';
    }
    *letters = '\0';
    out[FLAGS] = (struct option){NULL, 0, NULL, 0};
}

/* By its number or its letter. */
static const struct flag *flag_of(int code)
{
    for (size_t i = 0; i < FLAGS; i++)
        if (flags[i].id == code || (flags[i].letter && flags[i].letter == code)) return &flags[i];
    return NULL;
}

/* Operands move to the front, behind argv[0]. */
static enum status take_all(struct options *o, int argc, char **argv)
{
    struct option known[FLAGS + 1];
    char letters[2 * FLAGS + 3];
    unsigned seen = 0;
    int code, at = 1;
    getopt_flags(known, letters);
    o->operands = argv + 1;
    optind = 0; /* start over, whoever used getopt before */
    opterr = 0;
    while ((code = getopt_long(argc, argv, letters, known, NULL)) != -1) {
        const char *argument = argv[at];
        at = optind;
        if (code == OPERAND) {
            o->operands[o->operand_count++] = optarg;
            continue;
        }
        const struct flag *f = flag_of(code);
        if (!f) return bad_flag(o, code, argument);
        enum status st = check_flag(o, f, argument, seen >> f->id & 1);
        if (!st) st = take(o, f->id);
        if (st) return st;
        seen |= 1u << f->id;
    }
    while (optind < argc) o->operands[o->operand_count++] = argv[optind++];
    if ((seen >> FLAG_QUIET & 1) && (seen >> FLAG_VERBOSE & 1))
        return err_set(SIBYL_E_USAGE, "--quiet and --verbose: want one of them");
    return SIBYL_OK;
}

enum status options_parse(struct options *out, int argc, char **argv)
{
    *out =
        (struct options){.level = LOG_NORMAL, .stall_s = OPTIONS_STALL_S, .wait_s = OPTIONS_WAIT_S};
    bool has_verb = argc > 1 && argv[1][0] != '-';
    if (has_verb) {
        out->verb = argv[1];
        argv++;
        argc--;
    }
    enum status st = take_all(out, argc, argv);
    if (st) return st;
    if (out->out && !*out->out) return err_set(SIBYL_E_USAGE, "--out: want a path");
    if (!has_verb && out->operand_count > 0 && !out->help)
        return err_set(SIBYL_E_USAGE, "the verb comes first: sibyl %s ...", out->operands[0]);
    if (!has_verb && !out->help && !out->version)
        return err_set(SIBYL_E_USAGE, "no verb given; see sibyl --help");
    return SIBYL_OK;
}

enum status options_operands(const struct options *o, int least, int most, const char *want)
{
    for (int i = 0; i < o->operand_count; i++)
        if (!strncmp(o->operands[i], TYPESET_DASH, strlen(TYPESET_DASH)))
            return err_set(
                SIBYL_E_USAGE,
                "%s begins with a typesetter's dash; want --, as in --out PATH (a file of that "
                "name: ./%s)",
                o->operands[i], o->operands[i]);
    if (o->operand_count >= least && o->operand_count <= most) return SIBYL_OK;
    if (o->operand_count > most)
        return err_set(SIBYL_E_USAGE, "want: sibyl %s %s; '%s' is one operand too many", o->verb,
                       want, o->operands[most]);
    return err_set(SIBYL_E_USAGE, "want: sibyl %s %s; got %d operand%s", o->verb, want,
                   o->operand_count, o->operand_count == 1 ? "" : "s");
}
