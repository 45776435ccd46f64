// toml++ holds assertions that texts can reach ("[[[broken" is one), and with NDEBUG it tells the compiler that they
// hold, which is worse. Here a failed assertion is an exception, and so one more text that is no TOML.
#undef NDEBUG

struct BrokenAssumption {};
#define TOML_ASSERT(expression) ((expression) ? void() : throw BrokenAssumption())
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <pthread.h>

#include "include/CTOML.h"

namespace {

toml_text borrowed(std::string_view text) { return {text.data(), text.size()}; }

struct Reading {
    std::string_view text;
    void (*visit)(void *, const toml_entry *);
    void *context;
    toml_failure *failure;
    bool succeeded;

    void fail(size_t line, const char *reason) {
        failure->line = line;
        snprintf(failure->reason, sizeof failure->reason, "%s", reason);
        succeeded = false;
    }
};

toml_entry entryOf(std::string_view section, const toml::key &key, const toml::node &node) {
    toml_entry entry{borrowed(section), borrowed(key.str()), key.source().begin.line, toml_kind_other, {"", 0}, 0, 0, false};
    if (node.is_table()) {
        entry.kind = toml_kind_table;
    } else if (auto text = node.as_string()) {
        entry.kind = toml_kind_text;
        entry.text = borrowed(text->get());
    } else if (auto integer = node.as_integer()) {
        entry.kind = toml_kind_integer;
        entry.integer = integer->get();
    } else if (auto number = node.as_floating_point()) {
        entry.kind = toml_kind_number;
        entry.number = number->get();
    } else if (auto flag = node.as_boolean()) {
        entry.kind = toml_kind_flag;
        entry.flag = flag->get();
    }
    return entry;
}

bool breaksAnAssumption(std::string_view text) {
    try {
        (void)toml::parse(text);
    } catch (const BrokenAssumption &) {
        return true;
    } catch (...) {
    }
    return false;
}

/// An assumption breaks where the reader stands: at the last line of the shortest part that breaks it.
size_t lineOfBrokenAssumption(std::string_view text) {
    std::vector<size_t> ends;
    for (size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) ends.push_back(at);
    ends.push_back(text.size());
    size_t first = 0, last = ends.size() - 1;
    while (first < last) {
        const size_t middle = (first + last) / 2;
        if (breaksAnAssumption(text.substr(0, ends[middle])))
            last = middle;
        else
            first = middle + 1;
    }
    return first + 1;
}

/// The beginning of a text, which ends where a character does.
std::string beginning(std::string_view text) {
    size_t end = text.size() < 40 ? text.size() : 40;
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) end--;
    return std::string(text.substr(0, end));
}

struct LongKey {
    size_t line;
    std::string reason;
};

/// Nothing is known by such a name, and whoever compares it may take very long.
void requireShort(const toml::key &key) {
    const size_t length = key.str().size();
    if (length <= toml_longest_key) return;
    throw LongKey{
        key.source().begin.line, "a name has " + std::to_string(length) + " bytes, at most " + std::to_string(toml_longest_key) +
                                     " are read: \"" + beginning(key.str()) + "…\""};
}

void *read(void *argument) {
    auto &reading = *static_cast<Reading *>(argument);
    try {
        const toml::table root = toml::parse(reading.text);
        for (const auto &[name, node] : root) {
            requireShort(name);
            if (auto table = node.as_table()) {
                for (const auto &[key, value] : *table) requireShort(key);
            }
        }
        for (const auto &[name, node] : root) {
            const toml_entry head = entryOf("", name, node);
            reading.visit(reading.context, &head);
            if (auto table = node.as_table()) {
                for (const auto &[key, value] : *table) {
                    const toml_entry entry = entryOf(name.str(), key, value);
                    reading.visit(reading.context, &entry);
                }
            }
        }
        reading.succeeded = true;
    } catch (const LongKey &key) {
        reading.fail(key.line, key.reason.c_str());
    } catch (const toml::parse_error &error) {
        reading.fail(error.source().begin.line, std::string(error.description()).c_str());
    } catch (const BrokenAssumption &) {
        reading.fail(lineOfBrokenAssumption(reading.text), "what stands here is neither a key, a value nor a table's name");
    } catch (const std::exception &error) {
        reading.fail(1, error.what());
    }
    return nullptr;
}

// A key of n dots makes tables n deep, which are freed by recursion: without optimisation up to 256 bytes of stack for
// each byte of text. What is not touched costs nothing.
constexpr size_t stackBytesPerByte = 512;
constexpr size_t minimumStackBytes = 1 << 20;

}  // namespace

bool toml_visit(toml_text text, void (*visit)(void *, const toml_entry *), void *context, toml_failure *failure) {
    Reading reading{{text.bytes, text.length}, visit, context, failure, false};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, minimumStackBytes + stackBytesPerByte * text.length);
    pthread_t thread;
    const int error = pthread_create(&thread, &attributes, read, &reading);
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        reading.fail(1, "no memory for the stack of its reader");
        return false;
    }
    pthread_join(thread, nullptr);
    return reading.succeeded;
}
