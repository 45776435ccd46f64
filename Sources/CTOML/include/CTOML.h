#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes of a key, or of a table's name. The longest that is known has some 30; to compare strings that are not plain ASCII, Swift puts
/// their combining marks in order, in a time that grows with the square of their number.
enum { toml_longest_key = 256 };

/// UTF-8 that may hold NUL; not terminated.
struct toml_text {
    const char *_Nonnull bytes;
    size_t length;
};

enum toml_kind { toml_kind_table, toml_kind_text, toml_kind_integer, toml_kind_number, toml_kind_flag, toml_kind_other };

/// A table of the document's first level, or a value of its first two levels; deeper ones are not visited.
struct toml_entry {
    /// The table that the entry stands in; empty on the first level.
    struct toml_text section;
    struct toml_text key;
    /// 1-based.
    size_t line;
    enum toml_kind kind;
    /// The one that `kind` names.
    struct toml_text text;
    int64_t integer;
    double number;
    bool flag;
};

/// Why a text is no TOML.
struct toml_failure {
    size_t line;
    char reason[240];
};

/// Reads a whole text, then visits its entries; a table before what is in it. Whatever the text, this returns.
///
/// - Returns: false with `failure` filled if the text is no TOML, or has a key of more than `toml_longest_key` bytes; nothing was visited then.
bool toml_visit(
    struct toml_text text, void (*_Nonnull visit)(void *_Nullable context, const struct toml_entry *_Nonnull entry),
    void *_Nullable context, struct toml_failure *_Nonnull failure);

#ifdef __cplusplus
}
#endif
