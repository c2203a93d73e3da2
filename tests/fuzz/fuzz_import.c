/* Importers. The first byte chooses the format; the rest is the file. What is imported must be
 * written and read back as it is, and JSON lines must be the same rows unit by unit. */
#include "base/file.h"
#include "proto/import/import.h"
#include "proto/import/jsonl_reader.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CELL "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|none~2|"
#define GRAPH "\"ops\":[\"input\",\"a\",\"output\"],\"edges\":[[0,1],[1,2,3]]"

static const char *const seeds[] = {
    "0index,arch,acc\n0," CELL ",91.5\n1," CELL ",nan\n",
    "0\xEF\xBB\xBF\"arch\" , a,\"b \"\"c\"\"\"\r\n\"" CELL "\",\"1\",\"two\nlines\"\r\n" CELL
    ",,91%\r\n",
    "0cell\r" CELL "\r\r" CELL,
    "1{" GRAPH ",\"y\":0.5,\"z\":null}\n\n{" GRAPH ",\"y\":NaN}\r\n{" GRAPH ",\"y\":1e999}\n",
    "1{" GRAPH ",\"attributes\":[[1,2.5],[-3,0],[1e3,7]],\"y\":12345678901234567890}\n",
    "1{\"ops\":[\"\\u001b\\\"\",\"b\"],\"edges\":[]}\n{\"ops\":[\"b\"],\"edges\":[],\"k\":{\"a\":["
    "true]}}",
};

struct fuzz_seed fuzz_seed(size_t index)
{
    struct fuzz_seed s = {NULL, 0};
    if (index >= sizeof(seeds) / sizeof(seeds[0])) return s;
    s.bytes = strlen(seeds[index]);
    s.data = (uint8_t *)strdup(seeds[index]);
    return s;
}

static void must(bool good, const char *what)
{
    if (good) return;
    fprintf(stderr, "%s: %s\n", what, err_message());
    abort();
}

static void round_trip(const struct dataset *d, const char *path)
{
    struct dataset read;
    must(dataset_write(d, path) == SIBYL_OK, "write");
    must(dataset_read(&read, path) == SIBYL_OK, "read back");
    must(read.count == d->count && read.label_count == d->label_count, "another dataset");
    dataset_release(&read);
}

static void by_units(const struct dataset *d, const char *path)
{
    struct jsonl_reader r;
    struct dataset rows = {0};
    struct jsonl_form form = {.vocabulary = &d->vocabulary,
                              .attributes = d->attributes,
                              .label = d->label_count ? d->label_names[0] : NULL,
                              .advice = "",
                              .unit_bytes = 7};
    size_t count = 0;
    must(jsonl_reader_open(&r, path, &form) == SIBYL_OK, "open as lines");
    for (uint64_t u = 0; u < jsonl_reader_units(&r); u++) {
        jsonl_reader_clear(&r, &rows);
        must(jsonl_reader_unit(&r, u, &rows) == SIBYL_OK, "read a unit");
        count += rows.count;
    }
    must(count == d->count, "other rows by units");
    dataset_release(&rows);
    jsonl_reader_close(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char path[64];
    struct dataset d;
    struct import_options options = {NULL, 0, NULL};
    if (!bytes) return 0;
    fuzz_path(path);
    must(file_write(path, data + 1, bytes - 1) == SIBYL_OK, "the input");
    bool lines = data[0] & 1;
    enum status st =
        lines ? import_graph_jsonl(&d, path, &options) : import_nasbench201_csv(&d, path, &options);
    /* A line may also end with a single CR in an import, but not for ranks that read parts. */
    if (!st && lines && !memchr(data + 1, '\r', bytes - 1)) by_units(&d, path);
    if (!st) round_trip(&d, path);
    dataset_release(&d);
    unlink(path);
    return 0;
}
