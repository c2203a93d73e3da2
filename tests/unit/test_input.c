/* Reading of strangers' files: lines, compression, pipes, what is no text; and CSV on top of it. */
#include "base/csv.h"
#include "base/file.h"
#include "base/input.h"
#include "tests/unit/unit.h"

#include <bzlib.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define MEBIBYTE ((size_t)1 << 20)

static char path[64];

struct bytes {
    unsigned char *data;
    size_t count;
};

enum method { PLAIN, GZIP, BZIP2, ZSTD, METHODS };
static const char *const method_names[] = {"plain", "gzip", "bzip2", "zstd"};

static struct bytes squeeze(const char *text, size_t bytes, enum method method)
{
    size_t room = bytes + bytes / 8 + 1024;
    struct bytes out = {malloc(room), 0};
    unsigned made = (unsigned)room;
    z_stream z = {0};
    CU_ASSERT_FATAL(out.data != NULL);
    switch (method) {
    case GZIP:
        CU_ASSERT_EQUAL_FATAL(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
        z.next_in = (unsigned char *)text;
        z.avail_in = (unsigned)bytes;
        z.next_out = out.data;
        z.avail_out = (unsigned)room;
        CU_ASSERT_EQUAL(deflate(&z, Z_FINISH), Z_STREAM_END);
        out.count = z.total_out;
        deflateEnd(&z);
        break;
    case BZIP2:
        CU_ASSERT_EQUAL(BZ2_bzBuffToBuffCompress((char *)out.data, &made, (char *)text,
                                                 (unsigned)bytes, 1, 0, 0),
                        BZ_OK);
        out.count = made;
        break;
    case ZSTD:
        out.count = ZSTD_compress(out.data, room, text, bytes, 3);
        break;
    default:
        memcpy(out.data, text, bytes);
        out.count = bytes;
    }
    return out;
}

/* `text` as two members one after the other. */
static struct bytes squeeze_twice(const char *text, size_t bytes, enum method method)
{
    size_t half = bytes / 3;
    struct bytes a = squeeze(text, half, method), b = squeeze(text + half, bytes - half, method);
    a.data = realloc(a.data, a.count + b.count);
    CU_ASSERT_FATAL(a.data != NULL);
    memcpy(a.data + a.count, b.data, b.count);
    a.count += b.count;
    free(b.data);
    return a;
}

/* Numbered lines, of all lengths, some longer than any buffer. */
static char *make_text(size_t *out_bytes, size_t lines)
{
    size_t room = lines * 400 + 300000, used = 0;
    char *text = malloc(room);
    CU_ASSERT_FATAL(text != NULL);
    for (size_t i = 0; i < lines; i++) {
        used += (size_t)sprintf(text + used, "%zu:", i);
        size_t more = i == lines / 2 ? 200000 : i % 300;
        for (size_t k = 0; k < more; k++) text[used++] = (char)('a' + (i * 7 + k * k) % 26);
        text[used++] = '\n';
    }
    *out_bytes = used;
    return text;
}

/* Reads all lines, twice, and compares them with the text, which ends in '\n'. */
static void check_lines(const char *from, const char *text, size_t bytes)
{
    struct input *in = NULL;
    CHECK_OK(input_open(&in, from));
    for (int pass = 0; pass < 2; pass++) {
        size_t at = 0, number = 0, got, wrong = 0;
        char *line;
        for (;;) {
            CHECK_OK(input_line(in, &line, &got));
            if (!line) break;
            wrong += at + got >= bytes || memcmp(line, text + at, got) || text[at + got] != '\n';
            wrong += line[got] != '\0' || input_line_number(in) != ++number;
            at += got + 1;
        }
        CU_ASSERT(at == bytes && wrong == 0);
        CHECK_OK(input_line(in, &line, &got));
        CU_ASSERT_PTR_NULL(line);
        CHECK_OK(input_rewind(in));
    }
    input_close(in);
}

static void test_compressed(void)
{
    size_t bytes;
    char *text = make_text(&bytes, 2000);
    for (enum method m = PLAIN; m < METHODS; m++) {
        struct bytes once = squeeze(text, bytes, m), twice = squeeze_twice(text, bytes, m);
        CHECK_OK(file_write(path, once.data, once.count));
        check_lines(path, text, bytes);
        CHECK_OK(file_write(path, twice.data, twice.count));
        check_lines(path, text, bytes);
        free(once.data);
        free(twice.data);
    }
    free(text);
}

static enum status read_lines(void)
{
    struct input *in = NULL;
    char *line = NULL;
    size_t bytes;
    enum status st = input_open(&in, path);
    do
        if (!st) st = input_line(in, &line, &bytes);
    while (!st && line);
    input_close(in);
    return st;
}

/* Every cut of a compressed file is an error that names it; so is a byte that is wrong. */
static void test_damaged(void)
{
    const char text[] = "one line, and\nanother one\nand a third\n";
    for (enum method m = GZIP; m < METHODS; m++) {
        struct bytes b = squeeze(text, sizeof(text) - 1, m);
        for (size_t cut = 4; cut < b.count; cut++) {
            CHECK_OK(file_write(path, b.data, cut));
            CU_ASSERT_EQUAL(read_lines(), SIBYL_E_FORMAT);
            CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "cut short"));
            CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), path));
            CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), method_names[m]));
        }
        b.data[b.count - 6] ^= 0x10;
        CHECK_OK(file_write(path, b.data, b.count));
        if (m != ZSTD) { /* whose frame of ZSTD_compress() has no checksum */
            CU_ASSERT_EQUAL(read_lines(), SIBYL_E_FORMAT);
            CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "damaged"));
        }
        b.data[b.count - 6] ^= 0x10;
        unsigned char *longer = calloc(1, b.count + 10000);
        CU_ASSERT_FATAL(longer != NULL);
        memcpy(longer, b.data, b.count);
        CHECK_OK(file_write(path, longer, b.count + 10000)); /* zeros behind: as from a tape */
        CHECK_OK(read_lines());
        longer[b.count + 5] = 'x';
        CHECK_OK(file_write(path, longer, b.count + 10000));
        CU_ASSERT_EQUAL(read_lines(), SIBYL_E_FORMAT);
        free(longer);
        free(b.data);
    }
}

static void test_pipe(void)
{
    size_t bytes;
    char *text = make_text(&bytes, 3000);
    for (enum method m = PLAIN; m < METHODS; m++) {
        struct bytes b = squeeze(text, bytes, m);
        unlink(path);
        CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
        pid_t writer = fork();
        if (writer == 0) {
            int fd = open(path, O_WRONLY);
            for (size_t at = 0; at < b.count;) {
                ssize_t n = write(fd, b.data + at, b.count - at);
                if (n <= 0) _exit(1);
                at += (size_t)n;
            }
            _exit(0);
        }
        int status = 1;
        check_lines(path, text, bytes);
        CU_ASSERT(waitpid(writer, &status, 0) == writer && status == 0);
        unlink(path);
        free(b.data);
    }
    free(text);
}

static void expect_lines(const char *text, const char *const *want, size_t count)
{
    struct input *in = NULL;
    char *line;
    size_t bytes;
    CHECK_OK(file_write(path, text, strlen(text)));
    CHECK_OK(input_open(&in, path));
    for (size_t i = 0; i <= count; i++) {
        CHECK_OK(input_line(in, &line, &bytes));
        if (i < count) {
            CU_ASSERT_PTR_NOT_NULL_FATAL(line);
            CU_ASSERT_STRING_EQUAL(line, want[i]);
        } else {
            CU_ASSERT_PTR_NULL(line);
        }
    }
    input_close(in);
}

static void test_line_ends(void)
{
    static const char *const abc[] = {"a", "b", "c"}, *const gaps[] = {"", "a", "", "b"};
    expect_lines("a\nb\nc\n", abc, 3);
    expect_lines("a\nb\nc", abc, 3);
    expect_lines("a\r\nb\r\nc\r\n", abc, 3);
    expect_lines("a\rb\rc", abc, 3);
    expect_lines("a\rb\rc\r", abc, 3);
    expect_lines("a\rb\r\nc\n", abc, 3);
    expect_lines("\xEF\xBB\xBF"
                 "a\nb\nc",
                 abc, 3);
    expect_lines("\na\n\nb", gaps, 4);
    expect_lines("\r\na\r\r\nb\r\n", gaps, 4);
    expect_lines("", abc, 0);
    expect_lines("\xEF\xBB\xBF", (const char *const[]){""}, 1);
}

static void refuse(const void *data, size_t bytes, const char *part)
{
    CHECK_OK(file_write(path, data, bytes));
    CU_ASSERT_EQUAL(read_lines(), SIBYL_E_FORMAT);
    if (!strstr(err_message(), part) || !strstr(err_message(), path)) {
        printf("\n  got: %s\n  want: %s\n", err_message(), part);
        CU_FAIL("wrong message");
    }
}

static void test_no_text(void)
{
    const char wide[] = "a\0r\0c\0h\0,\0a\0c\0c\0\n", nested[] = "\x1F\x8B is gzip again";
    refuse("\xFD\x37zXZ\0\0\4", 8, "compressed by xz");
    refuse("PK\3\4 and so on", 12, "a zip archive");
    refuse("\xFF\xFE"
           "a\0,\0",
           6, "UTF-16");
    refuse("\xFE\xFF\0a\0,", 6, "UTF-16");
    refuse(wide, sizeof(wide) - 1, "UTF-16");
    refuse("SIBYL01\n and so on", 18, "a file that sibyl wrote");
    refuse("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", 55, "git lfs pull");
    refuse("\n<!DOCTYPE html>\n<html>", 22, "a web page");
    refuse("<HTML><body>404", 15, "a web page");
    refuse("PAR1 and so on", 14, "a Parquet file");
    refuse("\x80\x02}q", 4, "a Python pickle");
    struct bytes b = squeeze(nested, sizeof(nested) - 1, GZIP);
    refuse(b.data, b.count, "compressed by gzip, compressed by gzip");
    free(b.data);
    struct input *in = NULL;
    CU_ASSERT_EQUAL(input_open(&in, "/nonexistent/x"), SIBYL_E_IO);
    CU_ASSERT_EQUAL(input_open(&in, "/tmp"), SIBYL_E_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "/tmp is a folder"));
}

/* 100 MiB of one line in 100 kB: refused, in little more memory than the longest line has. */
static void test_bomb(void)
{
    size_t bytes = 100 * MEBIBYTE;
    char *text = malloc(bytes);
    struct rusage before, after;
    CU_ASSERT_FATAL(text != NULL);
    memset(text, 'x', bytes);
    struct bytes b = squeeze(text, bytes, GZIP);
    free(text);
    CHECK_OK(file_write(path, b.data, b.count));
    free(b.data);
    pid_t child = fork(); /* whose memory is counted for itself */
    if (child == 0) {
        getrusage(RUSAGE_SELF, &before);
        enum status st = read_lines();
        bool told = strstr(err_message(), ":1: a line of more than") != NULL;
        getrusage(RUSAGE_SELF, &after);
        long grown = after.ru_maxrss - before.ru_maxrss; /* in kB */
        _exit(st != SIBYL_E_FORMAT || !told ? 1 : grown > 200 * 1024 ? 2 : 0);
    }
    int status = 1;
    CU_ASSERT(waitpid(child, &status, 0) == child);
    CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
}

/* Fields of the first row, "|" between them, behind those of the header. */
static void expect_row(const char *text, const char *want)
{
    struct csv c;
    char got[256] = "";
    bool more;
    CHECK_OK(file_write(path, text, strlen(text)));
    CHECK_OK(csv_open(&c, path));
    for (size_t i = 0; i < c.columns; i++) strcat(strcat(got, c.names[i]), "|");
    CHECK_OK(csv_next(&c, &more));
    for (size_t i = 0; more && i < c.columns; i++) strcat(strcat(got, c.fields[i]), "|");
    CU_ASSERT_STRING_EQUAL(got, want);
    csv_close(&c);
}

static void refuse_csv(const char *text, const char *part)
{
    struct csv c;
    bool more = true;
    CHECK_OK(file_write(path, text, strlen(text)));
    enum status st = csv_open(&c, path);
    while (!st && more) st = csv_next(&c, &more);
    CU_ASSERT_EQUAL(st, SIBYL_E_FORMAT);
    if (!strstr(err_message(), part)) {
        printf("\n  for: %s\n  got: %s\n  want: %s\n", text, err_message(), part);
        CU_FAIL("wrong message");
    }
    csv_close(&c);
}

static void test_csv(void)
{
    expect_row("a, b ,\tc\t\n1 , 2,3\t", "a|b|c|1|2|3|");
    expect_row(" \"a\" ,\"b, c\"\n\" 1 \", \"2\"\"\" \n", "a|b, c| 1 |2\"|");
    expect_row("a,b\r\n\"one\r\ntwo\",3\r\n", "a|b|one\ntwo|3|");
    expect_row("a,\"b\nc\"\n\"\n\n\",\n", "a|b\nc|\n\n||");
    expect_row("a,b\r1,2\r", "a|b|1|2|");
    expect_row("a,b\n \t \n\n1,5\" x\n", "a|b|1|5\" x|");
    expect_row("\xEF\xBB\xBF"
               "a\n",
               "a|");
    refuse_csv("", "no header line");
    refuse_csv("  \n1\n", "no header line");
    refuse_csv("a,b, a\n", ":1: columns 1 and 3: two columns are named a");
    refuse_csv("a;b;c\n1;2;3\n", ":1: the columns are separated by semicolons; want commas");
    refuse_csv("a\tb\n1\t2\n", ":1: the columns are separated by tabs; want commas");
    refuse_csv("a,b\n1,2\n\"3,4\n5,6\n", ":3: a quote is not closed");
    refuse_csv("a,b\n\"1\nx\",2\n1,2,3\n", ":4: 3 fields, but the header has 2");
}

int main(void)
{
    CU_TestInfo tests[] = {{"compressed", test_compressed},
                           {"damaged", test_damaged},
                           {"pipe", test_pipe},
                           {"line ends", test_line_ends},
                           {"no text", test_no_text},
                           {"bomb", test_bomb},
                           {"csv", test_csv},
                           CU_TEST_INFO_NULL};
    snprintf(path, sizeof(path), "/tmp/sibyl_input_%ld", (long)getpid());
    int status = unit_run("input", tests);
    unlink(path);
    return status;
}
