import Checkpoint
import Constraint
import Testing

/// What each keyword lets through and keeps out, character by character.
@Suite struct KeywordTests {
    struct Case: CustomTestStringConvertible {
        var schema: String
        var yes: [String]
        var no: [String]

        init(_ schema: String, yes: [String], no: [String]) {
            self.schema = schema
            self.yes = yes
            self.no = no
        }

        var testDescription: String { schema }
    }

    static let cases: [Case] = [
        // Types.
        Case(#"{"type":"null"}"#, yes: ["null"], no: ["nul", "nulll", "0", ""]),
        Case(#"{"type":"BOOLEAN"}"#, yes: ["true", "false"], no: ["True", "1", "\"true\""]),
        Case(
            #"{"type":"integer"}"#, yes: ["0", "-1", "9223372036854775807", "-9223372036854775808"],
            no: ["00", "-0", "01", "1.0", "1e3", "+1", "9223372036854775808", "-9223372036854775809", "-", ""]),
        Case(
            #"{"type":"integer","minimum":-9223372036854775807}"#, yes: ["-9223372036854775807", "9223372036854775807"],
            no: ["-9223372036854775808"]),
        Case(
            #"{"type":"integer","exclusiveMaximum":-9223372036854775807}"#, yes: ["-9223372036854775808"],
            no: ["-9223372036854775807", "0"]),
        Case(
            #"{"type":"integer","exclusiveMinimum":9223372036854775806,"maximum":1e300}"#, yes: ["9223372036854775807"],
            no: ["9223372036854775806", "9223372036854775808"]),
        Case(
            #"{"type":"number"}"#, yes: ["0", "-1", "1.5", "0.00000000000001", "-0.5", "1e10", "2.5E-3", "999999999999999"],
            no: ["-0", "01.5", "1.", ".5", "1e", "1e100", "1e+", "NaN", "Infinity", "1234567890123456", "0x1"]),
        Case(
            #"{"type":"string"}"#,
            yes: [#""""#, #""a""#, #""é日😀""#, #""\n\"\\\/""#, #""\u00e9""#, #""\ud83d\ude00""#, "\"\u{7F}\""],
            no: ["\"", #""a"#, "\"\n\"", #""\x""#, #""\ud83d""#, #""\ud83dx""#, #""\ude00""#, #""\u12""#, #""a"b"#, " \"a\"", "\"a\" "]),
        Case(#"{"type":["string","null"]}"#, yes: [#""x""#, "null"], no: ["1", "true"]),
        Case(#"{"type":"STRING","nullable":true}"#, yes: [#""x""#, "null"], no: ["1"]),
        Case(#"{"type":"number","multipleOf":1}"#, yes: ["5", "-5"], no: ["5.5"]),
        Case(#"true"#, yes: ["1", #""x""#, "null", "[]", "{}", #"{"a":[1,{"b_2":null}]}"#], no: ["", "[1", #"{"a b":1}"#, "nul"]),
        Case(#"{"title":"t","description":"d","default":1,"examples":[1],"x-other":2,"$comment":"c"}"#, yes: ["1"], no: []),
        // Constants.
        Case(
            #"{"enum":["red","blue",1,2.5,null,true]}"#, yes: [#""red""#, #""blue""#, "1", "2.5", "null", "true"],
            no: [#""re""#, #""green""#, "2", "false", "12", "red"]),
        Case(#"{"type":"string","enum":["a",1,null]}"#, yes: [#""a""#], no: ["1", "null"]),
        Case(#"{"type":"INTEGER","format":"enum","enum":[1,12,-3]}"#, yes: ["1", "12", "-3"], no: ["2", "123", "3"]),
        Case(#"{"const":"a\"b\n"}"#, yes: [#""a\"b\n""#], no: [#""a\u0022b\n""#, #""a""#]),
        Case(
            #"{"const":{"a":1,"b":[1,"x"]}}"#, yes: [#"{"a":1,"b":[1,"x"]}"#, #"{"b": [1, "x"], "a": 1}"#],
            no: [#"{"a":1}"#, #"{"a":1,"b":[1]}"#, #"{"a":1,"b":["x",1]}"#, #"{"a":1,"b":[1,"x"],"c":1}"#]),
        Case(#"{"enum":["é","e\u0301"]}"#, yes: ["\"é\"", "\"e\u{301}\""], no: ["\"e\""]),
        // Numbers.
        Case(
            #"{"type":"integer","minimum":-5,"maximum":12}"#, yes: ["-5", "-1", "0", "9", "10", "12"], no: ["-6", "13", "20", "100", "-10"]),
        Case(#"{"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":100}"#, yes: ["1", "99"], no: ["0", "100", "-1"]),
        Case(
            #"{"type":"integer","minimum":0,"exclusiveMinimum":true,"maximum":3,"exclusiveMaximum":true}"#, yes: ["1", "2"], no: ["0", "3"]),
        Case(#"{"type":"integer","minimum":0.5,"maximum":2.5}"#, yes: ["1", "2"], no: ["0", "3"]),
        Case(#"{"type":"integer","minimum":-2.5,"maximum":-0.5}"#, yes: ["-2", "-1"], no: ["-3", "0"]),
        Case(
            #"{"type":"integer","minimum":-9223372036854775808,"maximum":-9223372036854775807}"#,
            yes: ["-9223372036854775808", "-9223372036854775807"], no: ["-9223372036854775806", "0"]),
        Case(#"{"type":"integer","minimum":1e18}"#, yes: ["1000000000000000000", "9223372036854775807"], no: ["999999999999999999"]),
        Case(#"{"type":"integer","format":"int32"}"#, yes: ["2147483647", "-2147483648"], no: ["2147483648"]),
        Case(
            #"{"type":"number","minimum":0.1,"maximum":0.7}"#, yes: ["0.1", "0.10", "0.5", "0.7", "0.70", "0.69999999999999"],
            no: ["0", "0.09", "0.71", "0.70000000000001", "1", "-0.5"]),
        Case(
            #"{"type":"number","minimum":-1.5,"maximum":2}"#, yes: ["-1.5", "-0.001", "0", "1.999", "2", "2.0"],
            no: ["-1.51", "2.01", "-2", "3"]),
        Case(
            #"{"type":"number","exclusiveMinimum":0}"#, yes: ["0.1", "0.00000000000001", "5", "999999999999999"],
            no: ["0", "0.0", "-1", "0.00000000000000"]),
        Case(#"{"type":"number","exclusiveMaximum":0}"#, yes: ["-0.1", "-5"], no: ["0", "-0", "-0.0", "1"]),
        Case(
            #"{"type":"number","exclusiveMinimum":1,"exclusiveMaximum":2}"#, yes: ["1.1", "1.00000000000001"], no: ["1", "1.0", "2", "0.9"]),
        Case(#"{"type":"number","minimum":3,"exclusiveMinimum":3}"#, yes: ["3.1"], no: ["3"]),
        // Strings.
        Case(
            #"{"type":"string","minLength":2,"maxLength":3}"#, yes: [#""ab""#, #""abc""#, #""日本""#, #""\n\n\n""#, #""\ud83d\ude00a""#],
            no: [#""a""#, #""abcd""#, #""\ud83d\ude00""#, #""""#]),
        Case(#"{"type":"string","maxLength":"1"}"#, yes: [#""a""#], no: [#""ab""#]),
        Case(#"{"type":"string","pattern":"^[a-c]+$"}"#, yes: [#""abc""#], no: [#""""#, #""abd""#, #""Aabc""#]),
        Case(#"{"type":"string","pattern":"b"}"#, yes: [#""b""#, #""abc""#], no: [#""ac""#, #""""#]),
        Case(#"{"type":"string","pattern":"^a","maxLength":2}"#, yes: [#""a""#, #""ab""#], no: [#""ba""#, #""abc""#]),
        Case(#"{"type":"string","pattern":"a$","minLength":2}"#, yes: [#""ba""#, #""aa""#], no: [#""a""#, #""ab""#]),
        Case(
            #"{"type":"string","pattern":"^(ab)*$","minLength":3,"maxLength":5}"#, yes: [#""abab""#],
            no: [#""ab""#, #""ababab""#, #""aba""#]),
        Case(#"{"type":"string","pattern":"^\\S+$"}"#, yes: [#""é\"""#, #""a""#], no: [#""a b""#, #""\n""#]),
        Case(
            #"{"type":"string","format":"date"}"#, yes: [#""2026-11-29""#, #""2024-02-29""#, #""2000-02-29""#],
            no: [#""2026-02-29""#, #""1900-02-29""#, #""2026-13-01""#, #""2026-04-31""#, #""0000-01-01""#]),
        Case(
            #"{"type":"string","format":"date-time"}"#, yes: [#""2026-11-29T03:04:05Z""#, #""2026-11-29T03:04:05.25+01:30""#],
            no: [#""2026-11-29 03:04:05Z""#, #""2026-11-29T24:04:05Z""#, #""2026-11-29T03:04:05""#]),
        Case(#"{"type":"string","format":"time"}"#, yes: [#""23:59:59Z""#], no: [#""24:00:00Z""#, #""12:00Z""#]),
        Case(#"{"type":"string","format":"uuid"}"#, yes: [#""01234567-89ab-cdef-0123-456789abcdef""#], no: [#""01234567""#]),
        Case(#"{"type":"string","format":"email"}"#, yes: [#""a.b@c-d.org""#], no: [#""a@b""#, #""@c.org""#, #""a..b@c.org""#]),
        Case(#"{"type":"string","format":"ipv4"}"#, yes: [#""192.168.0.1""#], no: [#""256.0.0.1""#, #""1.2.3""#, #""01.2.3.4""#]),
        Case(#"{"type":"string","format":"color"}"#, yes: [#""anything""#], no: []),
        // Arrays.
        Case(
            #"{"type":"array","items":{"type":"boolean"}}"#, yes: ["[]", "[true]", "[true,false]", "[true, false]"],
            no: ["[true,]", "[,true]", "[true,  false]", "[ true]", "[1]", "[true false]"]),
        Case(#"{"type":"ARRAY","items":{"type":"INTEGER"},"minItems":1,"maxItems":2}"#, yes: ["[1]", "[1,2]"], no: ["[]", "[1,2,3]"]),
        Case(
            #"{"type":"array","prefixItems":[{"type":"string"},{"type":"null"}]}"#, yes: ["[]", #"["a"]"#, #"["a",null]"#],
            no: [#"["a",null,1]"#, "[null]"]),
        Case(
            #"{"type":"array","prefixItems":[{"type":"string"}],"items":{"type":"null"},"minItems":2,"maxItems":3}"#,
            yes: [#"["a",null]"#, #"["a",null,null]"#], no: [#"["a"]"#, #"["a",null,null,null]"#]),
        Case(#"{"type":"array","items":false}"#, yes: ["[]"], no: ["[1]"]),
        Case(#"{"type":"array","maxItems":0}"#, yes: ["[]"], no: ["[1]"]),
        // Objects.
        Case(
            #"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"},"ab":{"type":"null"}},"required":["a"]}"#,
            yes: [#"{"a":1}"#, #"{"a": 1}"#, #"{"b":"x","a":1}"#, #"{"ab":null,"b":"","a":0}"#, #"{"a":1, "b":"x"}"#],
            no: [
                "{}", #"{"b":"x"}"#, #"{"a":1,"a":2}"#, #"{"a":1,"c":1}"#, #"{"a":1,}"#, #"{ "a":1}"#, #"{"a" :1}"#, #"{"a":1 }"#,
                #"{"a":  1}"#,
            ]),
        Case(
            #"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"propertyOrdering":["b","a"]}"#,
            yes: ["{}", #"{"b":1,"a":2}"#, #"{"a":1}"#, #"{"b":1}"#], no: [#"{"a":1,"b":2}"#]),
        Case(
            #"{"properties":{"a":{"type":"null"},"b":{"type":"null"},"c":{"type":"null"}},"propertyOrdering":["a","b","c"],"required":["b"]}"#,
            yes: [#"{"a":null,"b":null}"#, #"{"b":null,"c":null}"#], no: [#"{"a":null,"c":null}"#, #"{"c":null}"#]),
        Case(
            #"{"properties":{"a":{"type":"null"},"b":{"type":"null"},"c":{"type":"null"}},"propertyOrdering":["a","b","c"],"minProperties":2}"#,
            yes: [#"{"a":null,"b":null}"#, #"{"b":null,"c":null}"#], no: [#"{"c":null}"#, #"{"a":null}"#, "{}"]),
        Case(
            #"{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"null"},"c":{"type":"null"}},"required":["c"],"maxProperties":2,"minProperties":1}"#,
            yes: [#"{"c":null}"#, #"{"a":null,"c":null}"#], no: [#"{"a":null,"b":null}"#, #"{"a":null,"b":null,"c":null}"#]),
        Case(
            #"{"type":"object","additionalProperties":{"type":"integer"},"properties":{"k":{"type":"null"}},"maxProperties":3}"#,
            yes: ["{}", #"{"k":null}"#, #"{"x":1,"k":null}"#, #"{"x":1,"y_2":2}"#, #"{"kk":1}"#],
            no: [#"{"k":1}"#, #"{"x":1,"x":2}"#, #"{"":1}"#, #"{"2":1}"#, #"{"a":1,"b":1,"c":1,"d":1}"#, #"{"x":null}"#]),
        // As SDKs in Python spell the keywords; properties keep their names, and camelCase wins.
        Case(
            #"{"type":"OBJECT","properties":{"any_of":{"any_of":[{"type":"NULL"}]},"b":{"type":"NULL"}},"property_ordering":["b","any_of"],"min_properties":1}"#,
            yes: [#"{"b":null,"any_of":null}"#, #"{"any_of":null}"#], no: [#"{"any_of":null,"b":null}"#, #"{"anyOf":null}"#, "{}"]),
        Case(#"{"type":"ARRAY","items":{"type":"NULL"},"max_items":3,"maxItems":1}"#, yes: ["[null]"], no: ["[null,null]"]),
        Case(#"{"type":"object","properties":{}}"#, yes: ["{}"], no: [#"{"a":1}"#]),
        Case(#"{"type":"object"}"#, yes: ["{}", #"{"a":1}"#], no: ["[]"]),
        Case(#"{"type":"object","required":["a"]}"#, yes: [#"{"a":1}"#, #"{"b":2,"a":1}"#], no: ["{}", #"{"b":2}"#]),
        Case(#"{"type":"object","properties":{"a":false,"b":{"type":"null"}}}"#, yes: ["{}", #"{"b":null}"#], no: [#"{"a":1}"#]),
        Case(#"{"type":"object","properties":{"a\"é":{"type":"null"}}}"#, yes: [#"{"a\"é":null}"#], no: [#"{"a":null}"#]),
        // Combinations.
        Case(
            #"{"anyOf":[{"type":"integer"},{"type":"string","maxLength":1},{"type":"string","pattern":"^ab$"}]}"#,
            yes: ["1", #""a""#, #""ab""#], no: [#""ac""#, "null"]),
        Case(
            #"{"anyOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"null"}},"required":["b"]}]}"#,
            yes: [#"{"a":1}"#, #"{"b":null}"#, #"{"a":null,"b":null}"#], no: [#"{"a":null}"#, #"{"a":1,"b":null}"#, "{}"]),
        Case(#"{"type":"null","anyOf":[true]}"#, yes: ["null"], no: ["1"]),
        Case(#"{"type":"string","anyOf":[{"enum":["a"]},{"pattern":"^b$"}]}"#, yes: [#""a""#, #""b""#], no: [#""c""#, "1"]),
        Case(
            #"{"oneOf":[{"type":"object","properties":{"k":{"const":"x"},"v":{"type":"integer"}},"required":["k","v"]},{"type":"object","properties":{"k":{"const":"y"}},"required":["k"]},{"type":"null"}]}"#,
            yes: [#"{"k":"x","v":1}"#, #"{"k":"y"}"#, "null"], no: [#"{"k":"x"}"#, #"{"k":"y","v":1}"#]),
        Case(#"{"allOf":[{"type":"integer","maximum":3}],"description":"d"}"#, yes: ["3"], no: ["4"]),
        Case(
            ##"{"$ref":"#/$defs/P","$defs":{"P":{"type":"array","items":{"$ref":"#/$defs/Q"}},"Q":{"type":"null"}}}"##,
            yes: ["[null,null]"], no: ["[1]"]),
    ]

    @Test(arguments: cases) func keyword(_ item: Case) throws {
        let constraint = try TokenConstraint.json(item.schema)
        for text in item.yes { #expect(constraint.accepts(text), "\(item.schema) must accept \(text)") }
        for text in item.no { #expect(!constraint.accepts(text), "\(item.schema) must not accept \(text)") }
    }

    @Test func callsHaveTheirOwnSyntax() throws {
        let constraint = try TokenConstraint(
            .call(functions: [
                ("look", .noArguments),
                (
                    "look_at",
                    try Schema(
                        parsing: #"""
                            {"type":"OBJECT","properties":{"what":{"type":"STRING","maxLength":20},"n":{"type":"NUMBER","minimum":0},
                             "on":{"type":"BOOLEAN"},"tags":{"type":"ARRAY","items":{"type":"STRING","enum":["a","b"]}},
                             "at":{"type":"OBJECT","properties":{"x":{"type":"INTEGER"}},"required":["x"]},"no":{"type":"NULL"}},
                             "required":["what"]}
                            """#.utf8)
                ),
            ]), SmallVocabulary.trie)
        let open = CallSyntax.open, close = CallSyntax.close, q = CallSyntax.quote
        for text in [
            "\(open)call:look{}\(close)",
            "\(open)call:look_at{what:\(q)a red \"mug\"\n{é}\(q)}\(close)",
            "\(open)call:look_at{n:1.5,what:\(q)\(q),on:true,tags:[\(q)a\(q),\(q)b\(q)],at:{x:-3},no:null}\(close)",
        ] { #expect(constraint.accepts(text), "\(text)") }
        for text in [
            "call:look{}", "\(open)call:look{}", "\(open)call:loo{}\(close)", "\(open)call:look{}\(close)\(close)", "\(open)look{}\(close)",
            "\(open)call:look_at{}\(close)", "\(open)call:look_at{what:\"x\"}\(close)", "\(open)call:look_at{\"what\":\(q)x\(q)}\(close)",
            "\(open)call:look_at{what: \(q)x\(q)}\(close)", "\(open)call:look_at{what:\(q)x\(q), n:1}\(close)",
            "\(open)call:look_at{what:\(q)123456789012345678901\(q)}\(close)", "\(open)call:look_at{what:\(q)x\(q),n:-1}\(close)",
            "\(open)call:look_at{what:\(q)x\(q),what:\(q)y\(q)}\(close)", "\(open)call:look_at{what:\(q)x\(q),tags:[\(q)c\(q)]}\(close)",
        ] { #expect(!constraint.accepts(text), "\(text)") }
    }

    /// The quote's own spelling in ordinary bytes would end the string when the text is read again.
    @Test func aStringOfACallNeverSpellsTheQuote() throws {
        let constraint = try TokenConstraint.call(
            "f", #"{"type":"object","properties":{"s":{"type":"string"},"p":{"type":"string","pattern":"^.*$"}}}"#)
        for key in ["s", "p"] {
            var state = constraint.start
            for id in SmallVocabulary.spelled("\(CallSyntax.open)call:f{\(key):\(CallSyntax.quote)") {
                state = try #require(constraint.advance(state, id))
            }
            for byte in "a<<|\"|".utf8 { state = try #require(constraint.advance(state, SmallVocabulary.byte(byte))) }
            #expect(constraint.advance(state, SmallVocabulary.byte(UInt8(ascii: ">"))) == nil)
            #expect(constraint.advance(state, SmallVocabulary.byte(UInt8(ascii: "x"))) != nil)
        }
    }
}
