#pragma once

#include <stdbool.h>
#include <stddef.h>

/// Watches a mapped file. A file that is cut while it is mapped answers reads with SIGBUS; one that is written over in place
/// changes under the reader's eyes.
///
/// - Parameters:
///   - descriptor: of the file; it is taken over.
///   - path: what the file is called in what is said of it.
/// - Returns: a slot for `mapping_forget`, or -1 when there is none left or `descriptor` is none; the file is then not watched.
int mapping_watch(const void *_Nonnull base, size_t count, int descriptor, const char *_Nonnull path);

/// How many files can be watched at once.
int mapping_limit(void);

/// How many files are watched now: each has a descriptor.
int mapping_count(void);

/// Before the mapping goes.
void mapping_forget(int slot);

/// What a read beyond the end of a cut file does from now on. `true`: it gives zeros, and `mapping_changed` names the file;
/// whoever computes has to ask before it tells a result. `false`, as at the beginning: the process says which file it is and ends.
void mapping_survive(bool survive);

/// Looks at every watched file. A file that was replaced by renaming is whole where it is mapped, and has not changed. One whose
/// size is the same and whose time of writing is another has changed if one of 64 blocks has, evenly from the first to the last:
/// that tells another model's weights from `touch`, and does not find a few bytes changed between the blocks.
void mapping_look(void);

/// The first watched file that was cut or written over, for as long as the process runs; NULL: none. Costs one load.
const char *_Nullable mapping_changed(void);

/// The first watched file whose time of writing changed and whose blocks did not; NULL: none.
const char *_Nullable mapping_touched(void);
