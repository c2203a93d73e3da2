#include "jobs/jobs.h"
#include "jobs/inspecting/inspect_folder.h"
#include "jobs/symmetry.h"

#include "base/clock.h"
#include "base/hashset.h"
#include "base/text.h"
#include "predictor/scoring/predictor.h"
#include "proto/files/dataset.h"
#include "proto/files/records.h"
#include "proto/graph/canon.h"
#include "proto/graph/codec.h"
#include "search/spaces/architecture.h"
#include "search/spaces/space_file.h"
#include "search/spaces/space_networks.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES 256  /* of a name that is shown; a longer one is cut */
#define PATH_BYTES 4096 /* of a path, likewise */

/* " name" for each of them. */
static void print_names(char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        putchar(' ');
        text_print(stdout, names[i]);
    }
}

static enum status inspect_dataset(const char *path)
{
    struct dataset d = {0};
    char name[NAME_BYTES], shown[PATH_BYTES];
    enum status st = dataset_read(&d, path);
    if (st) return st;
    uint32_t fewest = UINT32_MAX, most = 0;
    for (size_t i = 0; i < d.count; i++) {
        if (d.rows[i].graph.nodes < fewest) fewest = d.rows[i].graph.nodes;
        if (d.rows[i].graph.nodes > most) most = d.rows[i].graph.nodes;
    }
    printf("%s: dataset, %zu architectures of %" PRIu32 "..%" PRIu32
           " nodes, space %s\noperations:",
           text_printable(shown, sizeof(shown), path), d.count, d.count ? fewest : 0, most,
           *d.space ? text_printable(name, sizeof(name), d.space) : "unknown");
    print_names(d.vocabulary.names, d.vocabulary.count);
    if (d.attributes) printf("\nattributes: %" PRIu32 " of each node", d.attributes);
    printf("\n%-24s %10s %12s %12s %12s\n", "label", "known", "least", "mean", "most");
    for (uint32_t k = 0; k < d.label_count; k++) {
        double low = INFINITY, high = -INFINITY, sum = 0;
        size_t known = 0;
        for (size_t i = 0; i < d.count; i++) {
            double x = d.rows[i].labels[k];
            if (!isfinite(x)) continue;
            known++;
            sum += x;
            low = fmin(low, x);
            high = fmax(high, x);
        }
        printf("%-24s %10zu %12.6g %12.6g %12.6g\n",
               text_printable(name, sizeof(name), d.label_names[k]), known, known ? low : NAN,
               known ? sum / (double)known : NAN, known ? high : NAN);
    }
    size_t inexact = symmetry_inexact(&d);
    if (inexact) printf("%zu " SYMMETRY_TEXT "\n", inexact);
    dataset_release(&d);
    return SIBYL_OK;
}

static enum status inspect_predictor(const char *path)
{
    struct predictor p;
    char sha256[SHA256_TEXT_BYTES], name[NAME_BYTES], shown[PATH_BYTES];
    enum status st = predictor_read(&p, path);
    if (st) return st;
    st = predictor_sha256(&p, sha256);
    if (st) goto done;
    const struct predictor_options *o = &p.options;
    printf("%s: predictor of %s, of which the %s are the best\nlayers %" PRIu32 ", width %" PRIu32
           ", readout %s, graphs %s, members %" PRIu32 ", parameters %zu each\nheads:",
           text_printable(shown, sizeof(shown), path), text_printable(name, sizeof(name), p.label),
           p.minimise ? "lowest" : "highest", o->layers, o->width, readout_name(o->readout),
           graph_form_name(o->graph_form), o->members, p.parameters);
    for (uint32_t i = 0; i < o->head_count; i++) printf(" %s", topology_name(o->heads[i]));
    printf("\noperations:");
    print_names(p.vocabulary.names, p.vocabulary.count);
    const struct attribute_encoding *e = &o->attributes;
    for (uint32_t i = 0; i < e->count - e->features; i++)
        printf("\nattribute %" PRIu32 ": mean %.6g, deviation %.6g, %" PRIu32 " frequencies", i + 1,
               e->mean[i], e->deviation[i], e->waves);
    if (p.features.count) printf("\nfeatures:");
    for (uint32_t k = 0; k < p.features.count; k++)
        printf(" %s", text_printable(name, sizeof(name), p.features.list[k].name));
    if (p.gp.rows)
        printf("\nhead %s: Gaussian process of %" PRIu64
               " rows, length %.6g, signal %.6g, noise %.6g, log likelihood %.6g",
               head_name(o->head), p.gp.rows, p.gp.hyper.length, p.gp.hyper.signal,
               p.gp.hyper.noise, p.gp.log_likelihood);
    if (*p.base)
        printf("\na base, which has learnt no label, of digest %s",
               text_printable(name, sizeof(name), p.base));
    printf("\ntarget mean %.9g, deviation %.9g\nsha256 %s\n", p.target_mean, p.target_deviation,
           sha256);
done:
    predictor_release(&p);
    return st;
}

static const char *type_name(uint32_t type)
{
    const char *names[] = {"end",      "header",      "block",       "tensor",           "state",
                           "proposal", "measurement", "journal end", "Gaussian process", "program",
                           "asked"};
    return type < sizeof(names) / sizeof(names[0]) ? names[type] : "unknown";
}

static void show_members(const Sibyl__TrainerState *s)
{
    const char *stages[] = {"waits", "in training", "trained"};
    char job[NAME_BYTES];
    printf("training of job %s, layout %" PRIu32 "\n",
           text_printable(job, sizeof(job), s->job_digest), s->layout ? s->layout : 1);
    for (size_t m = 0; m < s->n_members; m++) {
        const Sibyl__MemberState *at = s->members[m];
        printf("member %zu  %s, %" PRIu32 " epochs, %" PRIu64 " steps\n", m,
               at->stage < 3 ? stages[at->stage] : "unknown", at->epoch, at->step);
    }
}

/* Of a training, or of a scoring. */
static enum status show_state(const struct record *r)
{
    Sibyl__TrainerState *training =
        codec_unpack(&sibyl__trainer_state__descriptor, r->payload, r->bytes);
    if (training) {
        show_members(training);
        sibyl__trainer_state__free_unpacked(training, NULL);
        return SIBYL_OK;
    }
    Sibyl__ScoreState *scoring =
        codec_unpack(&sibyl__score_state__descriptor, r->payload, r->bytes);
    if (!scoring) return err_set(SIBYL_E_FORMAT, "a state cannot be decoded");
    char job[NAME_BYTES];
    printf("scoring of job %s: %" PRIu64 " rows looked at\n",
           text_printable(job, sizeof(job), scoring->job_digest), scoring->rows);
    sibyl__score_state__free_unpacked(scoring, NULL);
    return SIBYL_OK;
}

/* What the records of a journal tell. */
struct told {
    double least, most; /* of the values; NAN before the first */
    uint64_t failed;
    struct hashset failures; /* tasks that have failed, be it before they were done again */
    char goal[8];            /* min, max, or empty where nobody has written it down */
};

static enum status show_header(const struct record *r, struct told *t)
{
    Sibyl__JournalHeader *h =
        codec_unpack(&sibyl__journal_header__descriptor, r->payload, r->bytes);
    if (!h) return err_set(SIBYL_E_FORMAT, "a journal's header cannot be decoded");
    char space[NAME_BYTES], job[NAME_BYTES];
    printf("journal of a search in %s, seed %" PRIu64 ", job %s\n",
           text_printable(space, sizeof(space), h->space), h->seed,
           text_printable(job, sizeof(job), h->job_digest));
    /* Of a search with limits the values do not tell which is the best. */
    bool limited = strstr(h->job, "\nlimits:") != NULL;
    snprintf(t->goal, sizeof(t->goal), "%s", limited ? "" : h->goal);
    sibyl__journal_header__free_unpacked(h, NULL);
    return SIBYL_OK;
}

static enum status take_measurement(const struct record *r, struct told *t)
{
    Sibyl__Measurement *m = codec_unpack(&sibyl__measurement__descriptor, r->payload, r->bytes);
    if (!m) return err_set(SIBYL_E_FORMAT, "a measurement cannot be decoded");
    const struct hash128 task = {1, m->task};
    enum status st = SIBYL_OK;
    bool first = false;
    if (m->failed) {
        st = hashset_add(&t->failures, task, 0, &first);
        t->failed += first;
    } else {
        if (hashset_find(&t->failures, task) != HASHSET_NONE) t->failed--;
        t->least = fmin(t->least, m->value);
        t->most = fmax(t->most, m->value);
    }
    sibyl__measurement__free_unpacked(m, NULL);
    return st;
}

static void print_values(const struct told *t)
{
    if (isnan(t->least))
        printf("no values");
    else
        printf("values %.9g to %.9g", t->least, t->most);
    if (!isnan(t->least) && !strcmp(t->goal, "min")) printf(", best %.9g (lowest)", t->least);
    if (!isnan(t->least) && !strcmp(t->goal, "max")) printf(", best %.9g (highest)", t->most);
    printf("; failed evaluations %" PRIu64 "\n", t->failed);
}

/* Counts records by type; says what the telling ones hold. A journal may end without an end record.
 */
static enum status inspect_records(const char *path, enum record_file_kind kind)
{
    enum { TYPES = 11 };
    uint64_t counts[TYPES + 1] = {0};
    struct told told = {.least = NAN, .most = NAN};
    bool ended = false; /* a search may go on behind an end, with a larger budget */
    struct record_reader reader = {0};
    struct record r;
    char shown[PATH_BYTES];
    enum status st = record_reader_open(&reader, path, kind);
    if (st) return st;
    printf("%s: %s\n", text_printable(shown, sizeof(shown), path),
           kind == RECORDS_JOURNAL ? "journal" : "checkpoint");
    for (;;) {
        st = record_reader_next(&reader, &r);
        if (st || r.type == RECORD_END) break;
        counts[r.type < TYPES ? r.type : TYPES]++;
        ended = r.type == RECORD_JOURNAL_END || (ended && r.type == RECORD_IDENTITY);
        if (r.type == RECORD_STATE && kind == RECORDS_CHECKPOINT) st = show_state(&r);
        if (r.type == RECORD_HEADER && kind == RECORDS_JOURNAL) st = show_header(&r, &told);
        if (r.type == RECORD_MEASUREMENT) st = take_measurement(&r, &told);
        if (st) break;
    }
    bool open_ended = st && kind == RECORDS_JOURNAL && !ended;
    for (uint32_t i = 1; i <= TYPES; i++)
        if (counts[i]) printf("%10" PRIu64 " records: %s\n", counts[i], type_name(i));
    if (open_ended) printf("the end: %s\n", err_message());
    if (counts[RECORD_MEASUREMENT]) print_values(&told);
    if (kind == RECORDS_JOURNAL) printf("%s\n", ended ? "complete" : "unfinished: can be resumed");
    if (kind == RECORDS_JOURNAL && (open_ended || ended)) st = SIBYL_OK;
    hashset_release(&told.failures);
    record_reader_close(&reader);
    return st;
}

/* The text of a random point. */
static enum status print_example(const struct space *s)
{
    struct arena arena;
    struct rng r;
    arena_init(&arena);
    rng_init(&r, 1, RNG_SAMPLE, 0);
    uint16_t *genes = space_genes(s, &arena);
    if (genes) s->sample(s, &r, genes);
    char *text = genes ? architecture_text(s, genes) : NULL;
    if (text) {
        printf("example: ");
        text_print(stdout, text);
        putchar('\n');
    }
    free(text);
    arena_release(&arena);
    return text ? SIBYL_OK : SIBYL_E_MEM;
}

static enum status inspect_space(const char *what)
{
    struct space *s = NULL;
    struct big_count count;
    char name[NAME_BYTES], shown[PATH_BYTES], networks[BIG_COUNT_TEXT_BYTES];
    bool known;
    enum status st = space_open(what, &s);
    if (st) return st;
    printf("%s: search space %s\npoints: %s\n", text_printable(shown, sizeof(shown), what),
           text_printable(name, sizeof(name), s->name), s->points);
    fflush(stdout);
    st = space_networks(s, &known, &count);
    if (!st && known) big_count_text(&count, networks);
    if (!st)
        printf("networks: %s\ngenes: %" PRIu32 "\n", known ? networks : "not counted", s->genes);
    if (!st && s->source) space_file_describe(s, stdout);
    if (!st) printf("operations:");
    if (!st) print_names(s->vocabulary.names, s->vocabulary.count);
    if (!st) putchar('\n');
    if (!st) st = print_example(s);
    space_free(s);
    return st;
}

/* A space file, or the name of a space where no file is called so. */
static bool is_space(const char *what)
{
    struct space *s = NULL;
    size_t length = strlen(what);
    bool yaml = (length > 5 && !strcmp(what + length - 5, ".yaml")) ||
                (length > 4 && !strcmp(what + length - 4, ".yml"));
    bool named = !yaml && access(what, F_OK) != 0 && !space_is_path(what) && !space_new(what, &s);
    space_free(s);
    return yaml || named;
}

static enum status inspect(const char *path)
{
    if (is_space(path)) return inspect_space(path);
    enum record_file_kind kind;
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) return inspect_folder(path);
    enum status st = record_file_kind_of(path, &kind);
    if (st) return st;
    switch (kind) {
    case RECORDS_DATASET:
        return inspect_dataset(path);
    case RECORDS_PREDICTOR:
        return inspect_predictor(path);
    case RECORDS_JOURNAL:
    case RECORDS_CHECKPOINT:
        return inspect_records(path, kind);
    }
    return err_set(SIBYL_E_FORMAT, "%s: kind %d is of a newer version of sibyl", path, (int)kind);
}

enum status job_inspect(struct team *t, const struct options *o)
{
    enum status st = options_operands(o, 1, 1, "FILE.sibyl | DIR");
    if (st) return st;
    const struct log log = {.level = o->level, .rank = team_rank(t), .began_s = clock_s()};
    st = team_agree(t, team_rank(t) == 0 ? inspect(o->operands[0]) : SIBYL_OK);
    if (!st) log_detail(&log, "read %s, and checked every byte", o->operands[0]);
    return st;
}
