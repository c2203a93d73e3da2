#include "jobs/run/command_line.h"

#include "jobs/run/machine.h"
#include "jobs/run/walltime.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 1000000
#define SECONDS_MAX 1e9
#define RANKS_DEFAULT 8 /* those of the scripts in slurm/ */
#define RANKS_MAX 1000000

enum {
    FLAG_SET = 1,
    FLAG_LABEL,
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
    FLAG_QUIET,
    FLAG_VERBOSE,
    FLAG_DRY,
    FLAG_HELP,
    FLAG_VERSION
};

static const struct option flags[] = {
    {"set", required_argument, NULL, FLAG_SET},
    {"label", required_argument, NULL, FLAG_LABEL},
    {"list", no_argument, NULL, FLAG_LIST},
    {"out", required_argument, NULL, FLAG_OUT},
    {"baseline", required_argument, NULL, FLAG_BASELINE},
    {"threads", required_argument, NULL, FLAG_THREADS},
    {"only", required_argument, NULL, FLAG_ONLY},
    {"walltime", required_argument, NULL, FLAG_WALLTIME},
    {"stall-timeout", required_argument, NULL, FLAG_STALL},
    {"ranks", required_argument, NULL, FLAG_RANKS},
    {"evaluation-time", required_argument, NULL, FLAG_EVALUATION},
    {"accept-program", no_argument, NULL, FLAG_PROGRAM},
    {"quiet", no_argument, NULL, FLAG_QUIET},
    {"verbose", no_argument, NULL, FLAG_VERBOSE},
    {"dry-run", no_argument, NULL, FLAG_DRY},
    {"help", no_argument, NULL, FLAG_HELP},
    {"version", no_argument, NULL, FLAG_VERSION},
    {NULL, 0, NULL, 0},
};

const char *options_help(void)
{
    return "  --set KEY.PATH=VALUE  take VALUE for a key of the job file (repeat for more)\n"
           "  --label NAME=COLUMN[:SCALE]  import: a label and the column it comes from (repeat "
           "for more)\n"
           "  --list                import: say which formats there are\n"
           "  --out PATH            folder for results (import: the dataset file; bench: a JSON "
           "file)\n"
           "  --baseline FILE       bench: also print ratios to what --out FILE wrote before\n"
           "  --threads N           of each rank (else OMP_NUM_THREADS, else the node's CPUs "
           "shared "
           "by its ranks)\n"
           "  --only I/N            train: of an experiment's trainings, the I-th of N parts\n"
           "  --walltime TIME       train, score, search: stop in time, as after a signal; "
           "minutes, or "
           "H:M:S, D-H:M\n"
           "                        and so on as in Slurm (else SLURM_JOB_END_TIME, where it is "
           "set)\n"
           "  --stall-timeout S     end the job when a rank makes no progress for S seconds "
           "(600; 0: never)\n"
           "  --ranks N             plan: for 1, 2, 4 .. N ranks, and a script for N (8)\n"
           "  --evaluation-time S   plan: seconds that your program takes for one evaluation\n"
           "  --accept-program      search: go on though the evaluating program was changed since "
           "the\n"
           "                        run began; its values must mean the same\n"
           "  --quiet, --verbose    say less, say more\n"
           "  --dry-run             check everything, run nothing\n"
           "  --help, --version     say what there is and stop\n"
           "exit status: 0 done, 1 failed, 2 wrong command line or job file, 3 stopped after a\n"
           "checkpoint (run it again to go on)\n";
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

static enum status take(struct options *o, int flag, char **argv)
{
    switch (flag) {
    case FLAG_SET:
        if (!strchr(optarg, '=') || optarg[0] == '=')
            return err_set(SIBYL_E_USAGE, "--set %s: want KEY.PATH=VALUE", optarg);
        return keep(o->sets, &o->set_count, optarg, "--set");
    case FLAG_LABEL:
        return keep(o->labels, &o->label_count, optarg, "--label");
    case FLAG_LIST:
        o->list = true;
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
    case FLAG_PROGRAM:
        o->accept_program = true;
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
    case ':':
        return err_set(SIBYL_E_USAGE, "%s needs a value; see sibyl --help", argv[optind - 1]);
    default:
        return err_set(SIBYL_E_USAGE, "unknown flag %s; see sibyl --help", argv[optind - 1]);
    }
    return SIBYL_OK;
}

enum status options_parse(struct options *out, int argc, char **argv)
{
    *out =
        (struct options){.level = LOG_NORMAL, .stall_s = OPTIONS_STALL_S, .ranks = RANKS_DEFAULT};
    bool has_verb = argc > 1 && argv[1][0] != '-';
    if (has_verb) {
        out->verb = argv[1];
        argv++;
        argc--;
    }
    optind = 0; /* start over, whoever used getopt before */
    opterr = 0;
    int flag;
    while ((flag = getopt_long(argc, argv, ":", flags, NULL)) != -1) {
        enum status st = take(out, flag, argv);
        if (st) return st;
    }
    out->operands = argv + optind;
    out->operand_count = argc - optind;
    if (out->out && !*out->out) return err_set(SIBYL_E_USAGE, "--out: want a path");
    if (!has_verb && out->operand_count > 0)
        return err_set(SIBYL_E_USAGE, "the verb comes first: sibyl %s ...", out->operands[0]);
    if (!has_verb && !out->help && !out->version)
        return err_set(SIBYL_E_USAGE, "no verb given; see sibyl --help");
    return SIBYL_OK;
}

enum status options_operands(const struct options *o, int least, int most, const char *want)
{
    if (o->operand_count >= least && o->operand_count <= most) return SIBYL_OK;
    return err_set(SIBYL_E_USAGE, "want: sibyl %s %s; got %d operand%s", o->verb, want,
                   o->operand_count, o->operand_count == 1 ? "" : "s");
}
