#pragma once

/// The commit that this was built from: 40 hexadecimal digits, followed by ", changed" where the source differed from it; empty
/// where it is not known. A target of its own, on which only the programs rest: a new commit compiles nothing else anew.
const char *_Nonnull product_commit(void);
