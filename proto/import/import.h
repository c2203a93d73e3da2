/* Importers: benchmark tables and model lists -> a dataset. Files may be compressed or pipes
 * (base/input.h). Untrusted input; errors name file, line and column.
 *
 * Memory: the dataset, and for JSON lines some 50 bytes for each byte of the longest line, which
 * has at most INPUT_LINE_BYTES_MAX.
 *
 * What is no finite decimal number (empty, null, nan, inf, 91.5%, text) is a hole: that row does
 * not have that label (NaN in the dataset), and the rest of it is kept. Local. */
#ifndef PROTO_IMPORT_IMPORT_H
#define PROTO_IMPORT_IMPORT_H

#include "base/log.h"
#include "proto/files/dataset.h"

/* --label NAME=COLUMN[:SCALE]: the label NAME is the column's number times SCALE (default 1). A
 * column without a number in any row is an error. */
struct import_label {
    const char *name, *column;
    double scale;
};

/* What a row's columns of architectures hold. */
struct import_fields {
    const char *const *texts;   /* (count) */
    const char *const *columns; /* (count) their names, for messages */
    size_t count;
};

/* A search space, as far as the format csv needs it: what makes networks of a row's fields. */
struct import_space {
    const char *name;
    const struct vocabulary *vocabulary;
    /* The network of one field (its text) or of one for each gene. The graph and *out_text, its
     * name in the space's notation, belong to `arena`. On failure *out_wrong is the field that is
     * wrong, or `count` where it is none alone; the message says what is allowed, and the caller
     * puts the place before it. */
    enum status (*network)(void *context, const struct import_fields *fields, struct arena *arena,
                           struct graph *out, const char **out_text, size_t *out_wrong);
    void *context;
};

struct import_options {
    const struct import_label *labels; /* none given: every column (field) but `index`, ids and
                                          architectures becomes a label, scale 1, that has a number
                                          in some row */
    uint32_t label_count;
    const char *id; /* column (field) that is kept as the rows' ids; NULL: one called id */
    const struct import_space *space; /* csv: that the rows are of; the others want none */
    const char *const *architecture;  /* csv: (architecture_count) columns that name the network */
    size_t architecture_count;
    const struct log *log; /* is told of holes, and of columns that are left out; NULL: nobody */
};

/* One format. */
struct importer {
    const char *name;
    const char *summary; /* one sentence */
    /* Whether a file may be of this format that begins so, with a zero byte behind it. */
    bool (*detect)(const char *head, size_t bytes);
    enum status (*import)(struct dataset *out, const char *path,
                          const struct import_options *options);
};

/* The table of all formats. */
const struct importer *importers(size_t *out_count);
/* SIBYL_E_USAGE with the names of all, where there is none of this name. */
enum status importer_find(const struct importer **out, const char *name);
/* The format of a regular file, by its first bytes. */
enum status importer_detect(const struct importer **out, const char *path);

/* A CSV with a header line and one column (named arch, architecture, arch_str or cell) of
 * NAS-Bench-201 strings such as
 * "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|...~0|...~1|...~2|". The graph has 8 nodes: input, the
 * six edges' operations in string order, output. Vocabulary: input, output, none, skip_connect,
 * nor_conv_1x1, nor_conv_3x3, avg_pool_3x3. */
enum status import_nasbench201_csv(struct dataset *out, const char *path,
                                   const struct import_options *options);
bool import_nasbench201_csv_detect(const char *head, size_t bytes);

/* One JSON object a line: "ops" (names), "edges" ([from, to] or [from, to, multiplicity]), any
 * numeric fields; "id", a text or a whole number, that is kept as the row's id; and, in all lines
 * or in none, "attributes" (for each node a list of numbers, of one length throughout the file).
 * The vocabulary is that of NAS-Bench-101 (input, output, conv1x1-bn-relu, conv3x3-bn-relu,
 * maxpool3x3; space "nasbench101") if all names are in it, else the names in order of first use
 * (space ""). */
enum status import_graph_jsonl(struct dataset *out, const char *path,
                               const struct import_options *options);
bool import_graph_jsonl_detect(const char *head, size_t bytes);

/* A CSV with a header line whose rows are points of the space that the options bring along: named
 * in one column by the space's text or by indices, or by one column for each gene that holds its
 * value. The rows' texts are the space's own. */
enum status import_csv(struct dataset *out, const char *path, const struct import_options *options);
bool import_csv_detect(const char *head, size_t bytes);

/* "NAME=COLUMN[:SCALE]" cut up in place. */
enum status import_label_parse(struct import_label *out, char *text);

/* ---- the NAS-Bench-201 notation, shared with its search space ---- */
/* String of a cell of `nodes` nodes (4: six edges) -> operation index of each edge, by
 * `operations`. */
enum status cell_text_parse(const char *text, const char *const *operations,
                            uint32_t operation_count, uint32_t nodes, uint16_t *out_edge_ops);
/* The reverse; writes at most `bytes`, always ended by a zero. */
enum status cell_text_print(char *out, size_t bytes, const char *const *operations, uint32_t nodes,
                            const uint16_t *edge_ops);
/* Edge operations -> graph whose nodes are the edges' operations between an input and an output
 * (see above). `op_of[k]`: vocabulary index of edge operation k; the vocabulary must begin with
 * input (0) and output (1). */
enum status cell_graph(struct graph *out, struct arena *arena, uint32_t nodes,
                       const uint16_t *edge_ops, const uint16_t *op_of, uint32_t vocabulary_count);

#endif
