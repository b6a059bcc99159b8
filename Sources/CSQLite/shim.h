#include <sqlite3.h>

/* SQLITE_TRANSIENT is a macro that Swift does not import: SQLite copies the text. */
static inline int tributary_bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}
