// What masking a step costs, by kind of state: the first time, with a constraint that has made no mask yet, and again.
// usage: constraint-bench [FILE]     FILE: a vocabulary with the bytes of a token in hexadecimal on each line; else one is made up
import Constraint
import Foundation

let tokens: [[UInt8]]
if CommandLine.arguments.count > 1 {
    let text = try String(contentsOfFile: CommandLine.arguments[1], encoding: .utf8)
    tokens = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { line in
        let digits = Array(line)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }
} else {
    tokens = SyntheticVocabulary.tokens()
}

let bench = Bench(tokens)
print("state                                          first         again   the way out    allowed")
let thing =
    #"{"type":"object","properties":{"name":{"type":"string"},"count":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}}},"required":["name"]}"#
try bench.measure("JSON: the first token", thing, after: "")
try bench.measure("JSON: a key", thing, after: "{\"")
try bench.measure("JSON: in a string", thing, after: "{\"name\": \"a red")
try bench.measure("JSON: in a string, 20 characters left", #"{"type":"string","maxLength":25}"#, after: "\"a red")
try bench.measure("JSON: after a backslash", thing, after: "{\"name\": \"a\\")
try bench.measure("JSON: in a string, pattern ^[a-z ]+$", #"{"type":"string","pattern":"^[a-z ]+$"}"#, after: "\"a red")
try bench.measure("JSON: in a string, pattern ab", #"{"type":"string","pattern":"ab"}"#, after: "\"a red")
try bench.measure("JSON: in a string, pattern ^\\S.*\\S$", #"{"type":"string","pattern":"^\\S.*\\S$","maxLength":200}"#, after: "\"a red")
try bench.measure("JSON: in an integer", thing, after: "{\"count\": 12")
try bench.measure("JSON: in a number", #"{"type":"number","minimum":-1,"maximum":1000000}"#, after: "1.5")
try bench.measure("JSON: in an enum", #"{"enum":["red","green","blue"]}"#, after: "\"")
try bench.measure("JSON: any value", "true", after: "[")
try bench.measure("JSON: a free key", #"{"type":"object"}"#, after: "{\"a\": 1, \"")
try bench.measure("JSON: in a string of any value", "true", after: "{\"a\": [[{\"b\": \"x")
try bench.measure(
    "JSON: anyOf two strings", #"{"anyOf":[{"type":"string","maxLength":30},{"type":"string","pattern":"^a.*"}]}"#, after: "\"a")
try bench.measure("call: the first token", thing, after: "", isCall: true)
try bench.measure("call: the function's name", thing, after: "<|tool_call>", isCall: true)
try bench.measure("call: a key", thing, after: "<|tool_call>call:look{", isCall: true)
try bench.measure("call: in a string", thing, after: "<|tool_call>call:look{name:<|\"|>a red", isCall: true)
try bench.measure("call: in a string, after <|", thing, after: "<|tool_call>call:look{name:<|\"|>a <|", isCall: true)
try bench.measure("call: in an integer", thing, after: "<|tool_call>call:look{count:12", isCall: true)

var constraint = try TokenConstraint(.json(Schema(parsing: thing.utf8)), bench.trie)
let few = constraint.mask(for: constraint.start)
let most = bench.state(constraint, after: "{\"name\": \"a red").map { constraint.mask(for: $0) } ?? few
var logits = [Float](repeating: 0, count: tokens.count)
for (name, mask) in [("few", few), ("most", most)] {
    let cost = Bench.milliseconds { for _ in 0..<100 { mask.apply(to: &logits) } } / 100
    print("a mask on the logits, \(name) allowed:", Bench.written(cost))
}
let cost = try Bench.milliseconds { _ = try TokenConstraint(.json(Schema(parsing: thing.utf8)), bench.trie) }
print("a constraint of the schema of a thing:", Bench.written(cost))
