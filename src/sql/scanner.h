/* psql's statement scanner (libpgfeutils) behind a few functions: PostgreSQL's headers redefine printf and alike, so they stay in scanner.c. */
#ifndef PGPRIMER_SQL_SCANNER_H
#define PGPRIMER_SQL_SCANNER_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pgprimer_scanner pgprimer_scanner;

enum pgprimer_scan { PGPRIMER_SEMICOLON, PGPRIMER_BACKSLASH, PGPRIMER_END_OF_LINE };
enum pgprimer_inside {
    PGPRIMER_NOTHING,
    PGPRIMER_STATEMENT,
    PGPRIMER_COMMENT,
    PGPRIMER_SINGLE_QUOTE,
    PGPRIMER_DOUBLE_QUOTE,
    PGPRIMER_DOLLAR_QUOTE,
    PGPRIMER_PARENTHESIS
};
enum pgprimer_quote { PGPRIMER_PLAIN, PGPRIMER_LITERAL, PGPRIMER_IDENTIFIER };

/* The text that stands for :name, :'name' or :"name", quoted already; allocated by malloc; NULL leaves it as it is. */
typedef char* (*pgprimer_variable)(const char* name, enum pgprimer_quote quote, void* passthrough);

pgprimer_scanner* pgprimer_scanner_create(pgprimer_variable variable, void* passthrough);
void pgprimer_scanner_destroy(pgprimer_scanner* scanner);
/* A line without its line feed; `line` is not copied, so it has to stay until finish. `encoding` is a name as the server reports it. */
void pgprimer_scanner_setup(pgprimer_scanner* scanner, const char* line, size_t size, const char* encoding, bool standard_strings);
void pgprimer_scanner_finish(pgprimer_scanner* scanner);
/* Scans on. `inside` tells where the scanner stands. */
enum pgprimer_scan pgprimer_scanner_scan(pgprimer_scanner* scanner, enum pgprimer_inside* inside);
/* How much of the line is consumed; -1 while it reads in a variable's value. */
long pgprimer_scanner_consumed(const pgprimer_scanner* scanner);
/* How long the token is that the scanner has matched last. */
size_t pgprimer_scanner_matched(const pgprimer_scanner* scanner);
/* The statement so far. */
/* Whether a quote or a comment is open. */
bool pgprimer_scanner_in_quote(const pgprimer_scanner* scanner);
int pgprimer_scanner_parentheses(const pgprimer_scanner* scanner);
/* Forgets the end of the statement, as where a branch that is not taken ends. */
void pgprimer_scanner_truncate(pgprimer_scanner* scanner, size_t size, int parentheses);
const char* pgprimer_scanner_text(const pgprimer_scanner* scanner);
size_t pgprimer_scanner_size(const pgprimer_scanner* scanner);
void pgprimer_scanner_append(pgprimer_scanner* scanner, const char* bytes, size_t size);
bool pgprimer_scanner_out_of_memory(const pgprimer_scanner* scanner);
/* Forgets the statement and where the scanner stood in it. */
void pgprimer_scanner_reset(pgprimer_scanner* scanner);

/* Where a character's further bytes may look like ASCII (SJIS, BIG5, GBK ...): overwrites them, as the scanner does for itself. */
void pgprimer_hide_further_bytes(char* text, size_t size, const char* encoding);

#ifdef __cplusplus
}
#endif
#endif
