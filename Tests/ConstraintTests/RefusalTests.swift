import Constraint
import Testing

/// What a client is told whose schema is not obeyed: where, what, and what to do.
@Suite struct RefusalTests {
    private func refusal(_ schema: String) -> String {
        do {
            _ = try Grammar.json(try Schema(parsing: schema.utf8, path: "responseSchema"))
            return "accepted"
        } catch { return "\(error)" }
    }

    @Test func sentences() {
        for (schema, sentence) in [
            (#"{"#, "responseSchema is not JSON: a key in double quotes is expected at byte 1; send one complete JSON object"),
            (
                ##"{"type":"string","anyOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"type":"null"}}}"##,
                "responseSchema.type is not obeyed by constrained decoding: anyOf[0] is a $ref; give the type in what it refers to only"
            ),
            (#"[]"#, "responseSchema is []: expected a schema, which is an object, true or false"),
            (
                #"{"type":"object","properties":{"a":{"not":{"type":"null"}}}}"#,
                "responseSchema.properties.a.not is not obeyed by constrained decoding: say what is valid, with enum or anyOf"
            ),
            (
                #"{"type":"string","minLenght":1}"#,
                "responseSchema has the keyword \"minLenght\", which is unknown: leave it out, or use one that docs/constraint.md lists"
            ),
            (
                #"{"type":"strng"}"#,
                "responseSchema.type is \"strng\": expected one of string, number, integer, boolean, array, object, null"
            ),
            (
                #"{"type":"number","multipleOf":0.5}"#,
                "responseSchema.multipleOf is not obeyed by constrained decoding: only 1 can be; use enum, or minimum and maximum of an integer"
            ),
            (
                #"{"type":"array","uniqueItems":true}"#,
                "responseSchema.uniqueItems is not obeyed by constrained decoding: leave it out, or name each item in prefixItems"
            ),
            (
                #"{"type":"integer","minimum":2,"maximum":1}"#,
                "responseSchema can be satisfied by nothing that would be written: no 64-bit integer lies between minimum and maximum"
            ),
            (
                #"{"type":"array","items":{"type":"string","minLength":3,"maxLength":2}}"#,
                "responseSchema.items can be satisfied by nothing that would be written: minLength is 3 and maxLength 2"
            ),
            (
                #"{"type":"object","properties":{"a":{"type":"null"}},"required":["b"]}"#,
                "responseSchema.required can be satisfied by nothing that would be written: \"b\" is not among the properties; define it there"
            ),
            (
                ##"{"type":"object","properties":{"next":{"$ref":"#"}}}"##,
                "responseSchema.properties.next.$ref is \"#\", which contains itself: write its levels out, 16 at most"
            ),
            (
                ##"{"$ref":"#/$defs/x"}"##,
                "responseSchema.$ref is \"#/$defs/x\", which is not in this schema: refer to \"#/$defs/NAME\" and define it there"
            ),
            (
                #"{"oneOf":[{"type":"integer"},{"type":"number"}]}"#,
                "responseSchema.oneOf is not obeyed by constrained decoding: alternatives 0 and 1 may both be satisfied; use anyOf, or give each a type, or a required property with a const of its own"
            ),
            (
                #"{"type":"string","pattern":"^(?=a)"}"#,
                "responseSchema.pattern is \"^(?=a)\": lookahead is not regular here; write what the string is, not what it is not"
            ),
            (
                #"{"type":"string","pattern":"^a{5}$","maxLength":3}"#,
                "responseSchema can be satisfied by nothing that would be written: its pattern or format needs more characters than its maxLength, 3"
            ),
            (
                #"{"type":"string","enum":[1,2]}"#,
                "responseSchema.enum can be satisfied by nothing that would be written: none of its 2 values is of the schema's type"
            ),
            (
                #"{"enum":["a"],"pattern":"b"}"#,
                "responseSchema.pattern is not obeyed by constrained decoding: it stands beside enum; put it inside"
            ),
            (
                #"{"type":"number","minimum":0.1234567890123456,"maximum":0.1234567890123457}"#,
                "schema can be satisfied by nothing that would be written: no number of 15 digits lies between minimum and maximum"
            ),
        ] { #expect(refusal(schema) == sentence) }
    }

    @Test func everyKeywordThatIsNotObeyedIsNamed() {
        for keyword in [
            "not", "if", "then", "else", "dependentSchemas", "dependentRequired", "dependencies", "patternProperties", "propertyNames",
            "contains",
            "minContains", "maxContains", "additionalItems", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef",
        ] { #expect(refusal(#"{"type":"object","\#(keyword)":{}}"#).hasPrefix("responseSchema.\(keyword) is not obeyed"), "\(keyword)") }
    }

    /// Exclusive by type, by a constant, by a required property; not by what is only narrower here.
    @Test func oneOfIsObeyedWhereItIsAnyOf() {
        for (schema, isAccepted) in [
            (#"{"oneOf":[{"type":"integer"},{"type":"string"}]}"#, true), (#"{"oneOf":[{"const":1},{"const":2}]}"#, true),
            (#"{"oneOf":[{"type":"array"},{"type":"string"}]}"#, true), (#"{"oneOf":[true,{"type":"string"}]}"#, false),
            (#"{"oneOf":[{"const":1},{"const":1.0}]}"#, false), (#"{"oneOf":[{"type":"string"},{"const":"a"}]}"#, false),
            (#"{"oneOf":[{"properties":{"a":{"type":"null"}}},{"type":"string"}]}"#, false),
            (#"{"oneOf":[{"type":"object","properties":{"a":{"const":1}}},{"type":"object","properties":{"a":{"const":2}}}]}"#, false),
            (
                #"{"oneOf":[{"type":"object","properties":{"a":{"const":1}},"required":["a"]},{"type":"object","properties":{"a":{"const":2}},"required":["a"]}]}"#,
                true
            ),
        ] { #expect((refusal(schema) == "accepted") == isAccepted, "\(schema)") }
    }

    @Test func limits() {
        let nested = { (depth: Int) in
            String(repeating: #"{"type":"array","items":"#, count: depth) + #"{"type":"null"}"# + String(repeating: "}", count: depth)
        }
        #expect(refusal(nested(16)) == "accepted")
        #expect(refusal(nested(17)).contains("is nested deeper than 16 objects and arrays: flatten the schema"))
        let properties = { (count: Int) in (0..<count).map { #""p\#($0)":{"type":"null"}"# }.joined(separator: ",") }
        #expect(refusal(#"{"type":"object","properties":{\#(properties(64))}}"#) == "accepted")
        #expect(
            refusal(#"{"type":"object","properties":{\#(properties(65))}}"#)
                == "responseSchema.properties has more than 64 properties: group them in objects of their own")
        #expect(
            refusal(#"{"type":"object","properties":{\#(properties(33))},"additionalProperties":true}"#).contains("more than 32 properties")
        )
        let doubling = (1...13).map {
            ##""d\##($0)":{"type":"array","prefixItems":[{"$ref":"#/$defs/d\##($0 - 1)"},{"$ref":"#/$defs/d\##($0 - 1)"}]}"##
        }
        #expect(
            refusal(##"{"$ref":"#/$defs/d13","$defs":{"d0":{"type":"null"},\##(doubling.joined(separator: ","))}}"##).contains(
                "more than 4096 schemas"))
        let strings = (1...129).map { #"{"type":"string","maxLength":\#($0)}"# }
        #expect(refusal(#"{"anyOf":[\#(strings.joined(separator: ","))]}"#).contains("more than 128 alternatives"))
        let patterns = (1...65).map { #""p\#($0)":{"type":"string","pattern":"^a{\#($0)}$"}"# }
        let objects = [patterns.prefix(33), patterns.suffix(32)].map { #"{"type":"object","properties":{\#($0.joined(separator: ","))}}"# }
        #expect(refusal(#"{"anyOf":[\#(objects.joined(separator: ","))]}"#).contains("more than 64 different patterns"))
        #expect(refusal(#"{"enum":[\#((0..<500).map { "\"word\($0)\"" }.joined(separator: ","))]}"#) == "accepted")
    }

    /// Bounds at and beyond the ends of 64 bits, of either sign: no bound ends the process.
    @Test(arguments: [
        #""exclusiveMinimum":9223372036854775807"#, #""minimum":9223372036854775808"#, #""minimum":1e300"#, #""maximum":-1e300"#,
        #""exclusiveMaximum":-9223372036854775808"#, #""maximum":-9223372036854777856"#, #""minimum":18446744073709551616"#,
    ])
    func integersBeyondAllIntegers(bounds: String) throws {
        #expect(throws: ConstraintError.self) { try Schema(parsing: #"{"type":"integer",\#(bounds)}"#.utf8) }
    }

    @Test func namesOfCalls() throws {
        func refusal(_ name: String, _ schema: String) -> String {
            do {
                _ = try Grammar.call(functions: [(name, try Schema(parsing: schema.utf8))])
                return "accepted"
            } catch { return "\(error)" }
        }
        #expect(refusal("look_at.2", #"{"type":"object","properties":{"a-b é":{"type":"null"}}}"#).contains("it holds ' '"))
        #expect(refusal("look_at.2", #"{"type":"object","properties":{"a-é":{"type":"null"}}}"#) == "accepted")
        #expect(refusal("look{", #"{"type":"object","properties":{}}"#).contains("a function's name is a letter"))
        #expect(refusal("f", #"{"type":"string"}"#) == "functions[0].parameters is no schema of an object: expected type object")
        #expect(refusal("f", #"{"type":"object","properties":{"a":{"const":"<|\"|>"}}}"#).contains("which ends a string"))
        #expect(throws: ConstraintError.self) { try Grammar.call(functions: []) }
        #expect(throws: ConstraintError.self) { try Grammar.call(functions: [("f", .noArguments), ("f", .noArguments)]) }
    }
}
