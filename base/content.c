#include "base/content.h"

#include <string.h>
#include <strings.h>

/* Bytes that a file of this kind has at `offset`. */
struct signature {
    const char *bytes;
    size_t count, offset;
    struct content content;
};

#define BEGINS(text) text, sizeof(text) - 1, 0
#define DECOMPRESS "decompress it first"
#define EXPORT "write its table as CSV or as JSON lines first"
#define UTF8 "convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)"
#define DOWNLOAD "it is a page about an error, or the address was wrong: download the file anew"

static const struct signature signatures[] = {
    {BEGINS("SIBYL"), {"a file that sibyl wrote", "`sibyl inspect` says what is in it"}},
    {BEGINS("\x1F\x8B"), {"compressed by gzip", DECOMPRESS}},
    {BEGINS("BZh"), {"compressed by bzip2", DECOMPRESS}},
    {BEGINS("\x28\xB5\x2F\xFD"), {"compressed by zstd", DECOMPRESS}},
    {BEGINS("\xFD\x37zXZ"), {"compressed by xz", "decompress it first (xz -d)"}},
    {BEGINS("\x04\x22\x4D\x18"), {"compressed by lz4", "decompress it first (lz4 -d)"}},
    {BEGINS("LZIP"), {"compressed by lzip", "decompress it first (lzip -d)"}},
    {BEGINS("\x1F\x9D"), {"compressed by compress", "decompress it first (gzip -d)"}},
    {BEGINS("PK\x03\x04"), {"a zip archive", "unpack it first (unzip)"}},
    {BEGINS("7z\xBC\xAF\x27\x1C"), {"a 7z archive", "unpack it first"}},
    {"ustar", 5, 257, {"a tar archive", "unpack it first (tar -x)"}},
    {BEGINS("PAR1"), {"a Parquet file", EXPORT}},
    {BEGINS("\x89HDF\r\n"), {"an HDF5 file", EXPORT}},
    {BEGINS("SQLite format 3"), {"a SQLite database", EXPORT}},
    {BEGINS("\x80\x02"), {"a Python pickle", EXPORT}},
    {BEGINS("\x80\x03"), {"a Python pickle", EXPORT}},
    {BEGINS("\x80\x04"), {"a Python pickle", EXPORT}},
    {BEGINS("\x80\x05"), {"a Python pickle", EXPORT}},
    {BEGINS("\x93NUMPY"), {"a NumPy array", EXPORT}},
    {BEGINS("\xFF\xFE"), {"text in UTF-16", UTF8}},
    {BEGINS("\xFE\xFF"), {"text in UTF-16", UTF8}},
    {BEGINS("version https://"),
     {"a Git LFS pointer, not the file itself", "fetch the file (git lfs pull)"}},
};

/* Signatures of text, whatever the case, behind white space. */
static const struct signature pages[] = {
    {BEGINS("<!doctype"), {"a web page (HTML)", DOWNLOAD}},
    {BEGINS("<html"), {"a web page (HTML)", DOWNLOAD}},
    {BEGINS("<?xml"), {"an XML document", DOWNLOAD}},
};

/* Latin letters in UTF-16 without a mark: every second byte is zero. */
static bool is_wide(const unsigned char *head, size_t bytes)
{
    size_t zeros[2] = {0, 0}, pairs = bytes / 2 < 32 ? bytes / 2 : 32;
    for (size_t i = 0; i < 2 * pairs; i++) zeros[i % 2] += head[i] == 0;
    return pairs >= 2 && ((zeros[0] == pairs && !zeros[1]) || (zeros[1] == pairs && !zeros[0]));
}

bool content_recognise(const void *head, size_t bytes, struct content *out)
{
    const char *text = head;
    for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
        const struct signature *s = &signatures[i];
        if (bytes < s->offset + s->count || memcmp(text + s->offset, s->bytes, s->count)) continue;
        *out = s->content;
        return true;
    }
    size_t blank = 0;
    while (blank < bytes && text[blank] && strchr(" \t\r\n", text[blank])) blank++;
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        const struct signature *s = &pages[i];
        if (bytes - blank < s->count || strncasecmp(text + blank, s->bytes, s->count)) continue;
        *out = s->content;
        return true;
    }
    if (!is_wide(head, bytes)) return false;
    *out = (struct content){"text in UTF-16", UTF8};
    return true;
}

bool content_other_separator(const char *header, struct content *out)
{
    if (strchr(header, ',')) return false;
    if (strchr(header, ';'))
        *out = (struct content){"separated by semicolons", "want commas between the columns"};
    else if (strchr(header, '\t'))
        *out = (struct content){"separated by tabs", "want commas between the columns"};
    else
        return false;
    return true;
}
