/* Small files that would take much memory: refused, and little is taken. */
#include "base/digest.h"
#include "predictor/scoring/predictor.h"
#include "proto/files/dataset.h"
#include "proto/files/record_frame.h"
#include "proto/graph/codec.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zstd.h>

#define MEBIBYTE ((size_t)1 << 20)
#ifdef __SANITIZE_ADDRESS__
/* Of the sanitizer, which keeps what is freed for a while. */
#define EXTRA_BYTES (300 * MEBIBYTE)
#else
#define EXTRA_BYTES 0
#endif

static char path[64];

/* A record whose payload is `unit` again and again, compressed whatever it expands to. */
static void put_record(FILE *f, uint32_t type, const char *unit, size_t unit_bytes, size_t raw)
{
    unsigned char *payload = malloc(raw), *frame = malloc(RECORD_FRAME_BYTES + raw + 1024);
    CU_ASSERT_FATAL(payload != NULL && frame != NULL);
    for (size_t i = 0; i < raw; i++) payload[i] = (unsigned char)unit[i % unit_bytes];
    unsigned char *stored = frame + RECORD_FRAME_BYTES, words[RECORD_FRAME_BYTES] = {0};
    size_t bytes = ZSTD_compress(stored, raw + 1024, payload, raw, 19);
    uint32_t head[3] = {type, (uint32_t)bytes, (uint32_t)raw};
    for (size_t i = 0; i < sizeof(head); i++) words[i] = (unsigned char)(head[i / 4] >> i % 4 * 8);
    memcpy(frame + 8, words, 16); /* right before the payload, to be summed with it */
    record_frame_put_u64(words + 16, digest_xxh64(frame + 8, 16 + bytes));
    fwrite(words, 1, sizeof(words), f);
    fwrite(stored, 1, bytes, f);
    free(payload);
    free(frame);
}

/* A file of this kind: a record of a dataset's header, if there is to be one, and then `count` of
 * another; what it has behind them nobody reads. Returns its size. */
static long write_file(enum record_file_kind kind, uint64_t rows, uint32_t type, const char *unit,
                       size_t unit_bytes, size_t raw, int count)
{
    unsigned char head[RECORD_FILE_HEAD_BYTES], packed[64];
    char *names[] = {"input", "output"};
    struct record_frame frame;
    FILE *f = fopen(path, "wb");
    CU_ASSERT_FATAL(f != NULL);
    record_frame_file_head(head, kind);
    fwrite(head, 1, sizeof(head), f);
    if (rows) {
        Sibyl__DatasetHeader h = SIBYL__DATASET_HEADER__INIT;
        h.n_vocabulary = 2;
        h.vocabulary = names;
        h.architectures = rows;
        size_t bytes = sibyl__dataset_header__pack(&h, packed);
        CHECK_OK(record_frame_make(&frame, path, RECORD_HEADER, packed, bytes));
        fwrite(frame.head, 1, sizeof(frame.head), f);
        fwrite(frame.payload, 1, frame.bytes, f);
        free(frame.owned);
    }
    for (int i = 0; i < count; i++) put_record(f, type, unit, unit_bytes, raw);
    long size = ftell(f);
    fclose(f);
    return size;
}

static enum status read_dataset(void)
{
    struct dataset d;
    enum status st = dataset_read(&d, path);
    dataset_release(&d);
    return st;
}

static enum status read_predictor(void)
{
    struct predictor p;
    enum status st = predictor_read(&p, path);
    if (!st) predictor_release(&p);
    return st;
}

/* Reads the file in a process of its own, which must refuse it and take at most so much memory. */
static void refused_within(enum status (*read)(void), size_t most, const char *part)
{
    pid_t child = fork();
    if (child == 0) {
        struct rusage before, after;
        getrusage(RUSAGE_SELF, &before);
        enum status st = read();
        getrusage(RUSAGE_SELF, &after);
        size_t grown = (size_t)(after.ru_maxrss - before.ru_maxrss) * 1024;
        bool told = strstr(err_message(), part) != NULL;
        if (!told) fprintf(stderr, "  got: %s\n  want: %s\n", err_message(), part);
        if (grown > most + EXTRA_BYTES)
            fprintf(stderr, "  %zu MiB for %s\n", grown / MEBIBYTE, part);
        _exit(st != SIBYL_E_FORMAT || !told ? 1 : grown > most + EXTRA_BYTES ? 2 : 0);
    }
    int status = 1;
    CU_ASSERT(waitpid(child, &status, 0) == child);
    CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
}

#define EMPTY "\x0A\x00", 2 /* field 1, of length 0: an empty message, or string */

static void test_dataset(void)
{
    /* 32 MiB of empty networks in some 3 kB: to be seen by the head of the record. */
    long size = write_file(RECORDS_DATASET, 1000, RECORD_BLOCK, EMPTY, 32 * MEBIBYTE, 1);
    CU_ASSERT(size < 4096);
    refused_within(read_dataset, 4 * MEBIBYTE, "it claims to expand");
    /* As many in each record as a head may claim. */
    write_file(RECORDS_DATASET, 1000, RECORD_BLOCK, EMPTY, RECORD_EXPAND_BYTES, 40);
    refused_within(read_dataset, 8 * MEBIBYTE, "");
    /* Networks of one node: more than the header tells of. */
    static const char one[] = "\x0A\x05\x0A\x03\x0A\x01\x00";
    write_file(RECORDS_DATASET, 5, RECORD_BLOCK, one, 7, 7000, 40);
    refused_within(read_dataset, 8 * MEBIBYTE, "more rows than the 5 that the header tells of");
    write_file(RECORDS_DATASET, 2500, RECORD_BLOCK, one, 7, 7000, 40);
    refused_within(read_dataset, 8 * MEBIBYTE, "more rows than the 2500");
}

static void test_headers(void)
{
    write_file(RECORDS_DATASET, 0, RECORD_HEADER, "\x12\x00", 2, 32 * MEBIBYTE, 1);
    refused_within(read_dataset, 4 * MEBIBYTE, "it claims to expand");
    write_file(RECORDS_DATASET, 0, RECORD_HEADER, "\x12\x00", 2, RECORD_EXPAND_BYTES, 1);
    refused_within(read_dataset, 8 * MEBIBYTE, "");
    write_file(RECORDS_PREDICTOR, 0, RECORD_HEADER, EMPTY, 32 * MEBIBYTE, 1);
    refused_within(read_predictor, 4 * MEBIBYTE, "it claims to expand");
    write_file(RECORDS_PREDICTOR, 0, RECORD_HEADER, EMPTY, RECORD_EXPAND_BYTES, 1);
    refused_within(read_predictor, 8 * MEBIBYTE, "");
}

/* Messages whose bytes are all there take a bounded multiple of them. */
static enum status unpack_empty(void)
{
    size_t bytes = 8 * MEBIBYTE;
    unsigned char *data = malloc(bytes);
    for (size_t i = 0; data && i < bytes; i++) data[i] = i % 2 ? 0 : 0x0A;
    void *m = data ? codec_unpack(&sibyl__architecture_block__descriptor, data, bytes) : NULL;
    free(data);
    return m ? SIBYL_OK : err_set(SIBYL_E_FORMAT, "not unpacked");
}

static void test_unpack(void)
{
    refused_within(unpack_empty, 8 * MEBIBYTE * (CODEC_MEMORY_FACTOR + 2), "not unpacked");
    /* What is written is not refused: a thousand of the smallest networks. */
    enum { MANY = 1024 };
    Sibyl__GraphMessage g = SIBYL__GRAPH_MESSAGE__INIT;
    Sibyl__ArchitectureMessage one = SIBYL__ARCHITECTURE_MESSAGE__INIT, *list[MANY];
    Sibyl__ArchitectureBlock block = SIBYL__ARCHITECTURE_BLOCK__INIT, *read;
    uint32_t op = 0;
    unsigned char *packed;
    size_t bytes;
    g.n_ops = 1;
    g.ops = &op;
    one.graph = &g;
    for (int i = 0; i < MANY; i++) list[i] = &one;
    block.n_architectures = MANY;
    block.architectures = list;
    CHECK_OK(codec_pack(&block.base, "a block", &packed, &bytes));
    read = codec_unpack(&sibyl__architecture_block__descriptor, packed, bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(read);
    CU_ASSERT_EQUAL(read->n_architectures, MANY);
    sibyl__architecture_block__free_unpacked(read, NULL);
    free(packed);
}

/* What expands too well is stored as it is, so that every file that is written can be read. */
static void test_repetitive(void)
{
    size_t bytes = 8 * MEBIBYTE;
    char *zeros = calloc(1, bytes);
    CU_ASSERT_FATAL(zeros != NULL);
    for (size_t each = 1000; each <= bytes; each *= 20) {
        struct record_writer w;
        struct record_reader r;
        struct record record;
        CHECK_OK(record_writer_open(&w, path, RECORDS_DATASET));
        CHECK_OK(record_writer_put(&w, RECORD_BLOCK, zeros, each));
        CHECK_OK(record_writer_close(&w));
        CHECK_OK(record_reader_open(&r, path, RECORDS_DATASET));
        CU_ASSERT(each <= RECORD_EXPAND_BYTES ? r.size < 200 : r.size > each);
        CHECK_OK(record_reader_next(&r, &record));
        CU_ASSERT(record.bytes == each && !memcmp(record.payload, zeros, each));
        CHECK_OK(record_reader_next(&r, &record));
        CU_ASSERT_EQUAL(record.type, RECORD_END);
        record_reader_close(&r);
    }
    free(zeros);
}

int main(void)
{
    CU_TestInfo tests[] = {{"dataset", test_dataset},
                           {"headers", test_headers},
                           {"unpack", test_unpack},
                           {"repetitive", test_repetitive},
                           CU_TEST_INFO_NULL};
    snprintf(path, sizeof(path), "/tmp/sibyl_bombs_%ld", (long)getpid());
    int status = unit_run("bombs", tests);
    unlink(path);
    return status;
}
