/* What diff_llhttp asks of llhttp: where a head ends, its start line, its fields, and what body follows. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "llhttp.h"

/* A field: offsets and lengths in the input. */
struct span {
    size_t offset;
    size_t length;
};

struct head {
    /* The number of bytes of the head; 0 if it is not accepted. */
    size_t length;
    int error;
    uint8_t major;
    uint8_t minor;
    uint16_t status;
    struct span target;
    struct span reason;
    uint64_t content_length;
    uint8_t has_content_length;
    uint8_t is_chunked;
    uint8_t lasts_until_close;
    /* Names and values by turns. */
    struct span *spans;
    size_t capacity;
    size_t count;
    const char *input;
};

static int add(llhttp_t *parser, const char *at, size_t length) {
    struct head *head = parser->data;
    if (head->count < head->capacity) {
        head->spans[head->count].offset = (size_t)(at - head->input);
        head->spans[head->count].length = length;
    }
    head->count++;
    return 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t length) {
    struct head *head = parser->data;
    head->target.offset = (size_t)(at - head->input);
    head->target.length = length;
    return 0;
}

static int on_status(llhttp_t *parser, const char *at, size_t length) {
    struct head *head = parser->data;
    head->reason.offset = (size_t)(at - head->input);
    head->reason.length = length;
    return 0;
}

static int on_headers_complete(llhttp_t *parser) {
    (void)parser;
    return HPE_PAUSED;
}

/* Reads a head. `kind` is HTTP_REQUEST or HTTP_RESPONSE. */
void bits_llhttp_read(const char *input, size_t length, int kind, struct head *head) {
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_url = on_url;
    settings.on_status = on_status;
    settings.on_header_field = add;
    settings.on_header_value = add;
    settings.on_headers_complete = on_headers_complete;

    llhttp_t parser;
    llhttp_init(&parser, (llhttp_type_t)kind, &settings);
    parser.data = head;
    head->input = input;
    head->error = llhttp_execute(&parser, input, length);
    if (head->error == HPE_PAUSED) {
        head->length = (size_t)(llhttp_get_error_pos(&parser) - input);
        head->major = parser.http_major;
        head->minor = parser.http_minor;
        head->status = parser.status_code;
        head->content_length = parser.content_length;
        head->has_content_length = (parser.flags & F_CONTENT_LENGTH) != 0;
        head->is_chunked = (parser.flags & F_CHUNKED) != 0;
        head->lasts_until_close = llhttp_message_needs_eof(&parser) != 0;
    }
}
