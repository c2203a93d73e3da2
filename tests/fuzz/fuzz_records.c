/* Record files. First byte: 0, a file as it is; else the payloads of its records, to which frames
 * with right checksums are put: 1 a dataset, 2 a predictor. A payload: two bytes of length, then
 * its bytes. */
#include "base/file.h"
#include "predictor/scoring/predictor.h"
#include "proto/files/dataset.h"
#include "proto/files/record_frame.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static void must(enum status st)
{
    if (!st) return;
    fprintf(stderr, "%s\n", err_message());
    abort();
}

static void make_dataset(void)
{
    const char *const names[] = {"input", "output", "conv"}, *const labels[] = {"y"};
    struct graph_edge edges[] = {{0, 1, 1}, {1, 2, 2}};
    uint16_t ops[] = {0, 2, 1};
    float attributes[] = {1, 2, 3};
    double y = 0.5;
    struct dataset d;
    struct graph g;
    struct arena arena;
    arena_init(&arena);
    must(dataset_begin(&d, "space", names, 3, labels, 1));
    must(graph_make(&g, &arena, ops, 3, edges, 2, 3));
    must(graph_set_attributes(&g, &arena, attributes, 1));
    for (int i = 0; i < 3; i++) must(dataset_add(&d, &g, "text", &y));
    must(dataset_write(&d, path));
    dataset_release(&d);
    arena_release(&arena);
}

static void make_predictor(void)
{
    char *names[] = {"input", "output", "conv"};
    enum op_role roles[] = {OP_INPUT, OP_OUTPUT, OP_ORDINARY};
    struct vocabulary v = {3, names, roles};
    struct predictor_options o;
    struct predictor p;
    predictor_options_default(&o);
    o.layers = 1;
    o.width = 4 * o.head_count;
    must(predictor_init(&p, &o, &v, "y"));
    must(predictor_write(&p, path));
    predictor_release(&p);
}

/* A file's records as payloads, behind the byte `kind`. */
static struct fuzz_seed payloads(uint8_t kind)
{
    struct record_reader r = {0};
    struct record record;
    struct fuzz_seed s = {malloc(1 << 20), 1};
    if (!s.data) abort();
    s.data[0] = kind;
    must(record_reader_open(&r, path, kind == 1 ? RECORDS_DATASET : RECORDS_PREDICTOR));
    for (must(record_reader_next(&r, &record)); record.type != RECORD_END;
         must(record_reader_next(&r, &record))) {
        if (record.bytes > UINT16_MAX) break;
        s.data[s.bytes++] = (uint8_t)record.bytes;
        s.data[s.bytes++] = (uint8_t)(record.bytes >> 8);
        memcpy(s.data + s.bytes, record.payload, record.bytes);
        s.bytes += record.bytes;
    }
    record_reader_close(&r);
    return s;
}

struct fuzz_seed fuzz_seed(size_t index)
{
    struct fuzz_seed s = {NULL, 0};
    char *text;
    size_t bytes;
    fuzz_path(path);
    if (index > 3) return s;
    if (index % 2)
        make_predictor();
    else
        make_dataset();
    if (index >= 2) {
        s = payloads(index % 2 ? 2 : 1);
    } else {
        must(file_read(path, &text, &bytes));
        s = (struct fuzz_seed){malloc(bytes + 1), bytes + 1};
        if (!s.data) abort();
        s.data[0] = 0;
        memcpy(s.data + 1, text, bytes);
        free(text);
    }
    unlink(path);
    return s;
}

static void write_framed(const uint8_t *data, size_t bytes)
{
    struct record_writer w;
    bool dataset = data[0] == 1;
    must(record_writer_open(&w, path, dataset ? RECORDS_DATASET : RECORDS_PREDICTOR));
    for (size_t at = 1, k = 0; at + 2 <= bytes; k++) {
        size_t length = data[at] | (size_t)data[at + 1] << 8;
        at += 2;
        if (length > bytes - at) length = bytes - at;
        uint32_t type = !k ? RECORD_HEADER : dataset ? RECORD_BLOCK : RECORD_TENSOR;
        must(record_writer_put(&w, type, data + at, length));
        at += length;
    }
    must(record_writer_close(&w));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct dataset d;
    struct dataset_reader r;
    struct predictor p;
    if (!bytes) return 0;
    fuzz_path(path);
    if (data[0] == 1 || data[0] == 2)
        write_framed(data, bytes);
    else
        must(file_write(path, data + 1, bytes - 1));
    dataset_read(&d, path);
    dataset_release(&d);
    if (!dataset_reader_open(&r, path)) {
        struct dataset rows = {0};
        if (!dataset_reader_index(&r))
            for (size_t b = 0; b < r.block_count; b++) dataset_reader_block(&r, b, &rows);
        dataset_release(&rows);
    }
    dataset_reader_close(&r);
    if (!predictor_read(&p, path)) predictor_release(&p);
    unlink(path);
    return 0;
}
