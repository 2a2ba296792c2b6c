#include "scanner.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include "postgres_fe.h"

#include "common/logging.h"
#include "fe_utils/psqlscan.h"
#include "fe_utils/psqlscan_int.h"
#include "mb/pg_wchar.h"
#pragma GCC diagnostic pop

#include <stdlib.h>

/* Of the scanner that flex generated. */
extern char* psql_yyget_text(yyscan_t yyscanner);
extern int psql_yyget_leng(yyscan_t yyscanner);

struct pgprimer_scanner {
    PsqlScanState state;
    PQExpBuffer text;
    PsqlScanCallbacks callbacks;
    pgprimer_variable variable;
    void* passthrough;
    bool scanned;
};

static char* get_variable(const char* name, PsqlScanQuoteType quote, void* passthrough) {
    const pgprimer_scanner* scanner = passthrough;
    switch (quote) {
        case PQUOTE_PLAIN: return scanner->variable(name, PGPRIMER_PLAIN, scanner->passthrough);
        case PQUOTE_SQL_LITERAL: return scanner->variable(name, PGPRIMER_LITERAL, scanner->passthrough);
        case PQUOTE_SQL_IDENT: return scanner->variable(name, PGPRIMER_IDENTIFIER, scanner->passthrough);
        default: return NULL;
    }
}

pgprimer_scanner* pgprimer_scanner_create(pgprimer_variable variable, void* passthrough) {
    pgprimer_scanner* scanner = calloc(1, sizeof *scanner);
    if (scanner == NULL) abort();
    static bool names_itself = false; /* in what the scanner warns of */
    if (!names_itself) pg_logging_init("pgprimer");
    names_itself = true;
    scanner->variable = variable;
    scanner->passthrough = passthrough;
    scanner->callbacks.get_variable = variable == NULL ? NULL : get_variable;
    scanner->state = psql_scan_create(&scanner->callbacks);
    psql_scan_set_passthrough(scanner->state, scanner);
    scanner->text = createPQExpBuffer();
    return scanner;
}

void pgprimer_scanner_destroy(pgprimer_scanner* scanner) {
    psql_scan_destroy(scanner->state);
    destroyPQExpBuffer(scanner->text);
    free(scanner);
}

void pgprimer_scanner_setup(pgprimer_scanner* scanner, const char* line, size_t size, const char* encoding, bool standard_strings) {
    const int id = pg_char_to_encoding(encoding);
    psql_scan_setup(scanner->state, line, (int)size, id < 0 ? PG_UTF8 : id, standard_strings);
    scanner->scanned = false;
}

void pgprimer_scanner_finish(pgprimer_scanner* scanner) { psql_scan_finish(scanner->state); }

enum pgprimer_scan pgprimer_scanner_scan(pgprimer_scanner* scanner, enum pgprimer_inside* inside) {
    promptStatus_t prompt = PROMPT_READY;
    const PsqlScanResult result = psql_scan(scanner->state, scanner->text, &prompt);
    scanner->scanned = true;
    switch (prompt) {
        case PROMPT_READY: *inside = PGPRIMER_NOTHING; break;
        case PROMPT_COMMENT: *inside = PGPRIMER_COMMENT; break;
        case PROMPT_SINGLEQUOTE: *inside = PGPRIMER_SINGLE_QUOTE; break;
        case PROMPT_DOUBLEQUOTE: *inside = PGPRIMER_DOUBLE_QUOTE; break;
        case PROMPT_DOLLARQUOTE: *inside = PGPRIMER_DOLLAR_QUOTE; break;
        case PROMPT_PAREN: *inside = PGPRIMER_PARENTHESIS; break;
        default: *inside = PGPRIMER_STATEMENT;
    }
    if (result == PSCAN_SEMICOLON) return PGPRIMER_SEMICOLON;
    return result == PSCAN_BACKSLASH ? PGPRIMER_BACKSLASH : PGPRIMER_END_OF_LINE;
}

long pgprimer_scanner_consumed(const pgprimer_scanner* scanner) {
    if (!scanner->scanned || scanner->state->buffer_stack != NULL) return -1;
    return (long)(psql_yyget_text(scanner->state->scanner) - scanner->state->scanbuf) + psql_yyget_leng(scanner->state->scanner);
}

size_t pgprimer_scanner_matched(const pgprimer_scanner* scanner) { return (size_t)psql_yyget_leng(scanner->state->scanner); }

const char* pgprimer_scanner_text(const pgprimer_scanner* scanner) { return scanner->text->data; }
size_t pgprimer_scanner_size(const pgprimer_scanner* scanner) { return scanner->text->len; }
void pgprimer_scanner_append(pgprimer_scanner* scanner, const char* bytes, size_t size) { appendBinaryPQExpBuffer(scanner->text, bytes, size); }
bool pgprimer_scanner_out_of_memory(const pgprimer_scanner* scanner) { return PQExpBufferBroken(scanner->text); }

void pgprimer_scanner_reset(pgprimer_scanner* scanner) {
    psql_scan_reset(scanner->state);
    resetPQExpBuffer(scanner->text);
}

bool pgprimer_scanner_in_quote(const pgprimer_scanner* scanner) { return psql_scan_in_quote(scanner->state); }
int pgprimer_scanner_parentheses(const pgprimer_scanner* scanner) { return scanner->state->paren_depth; }

void pgprimer_scanner_truncate(pgprimer_scanner* scanner, size_t size, int parentheses) {
    if (size < scanner->text->len) {
        scanner->text->len = size;
        scanner->text->data[size] = '\0';
    }
    scanner->state->paren_depth = parentheses;
}

void pgprimer_hide_further_bytes(char* text, size_t size, const char* encoding) {
    const int id = pg_char_to_encoding(encoding);
    if (id < 0 || PG_VALID_BE_ENCODING(id)) return;
    for (size_t at = 0; at < size;) {
        const size_t length = (size_t)pg_encoding_mblen(id, text + at);
        for (size_t i = 1; i < length && at + i < size; ++i) text[at + i] = (char)0xFF;
        at += length;
    }
}
