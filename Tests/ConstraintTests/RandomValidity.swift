import Checkpoint
import Constraint
import Testing

/// Says things under schemas at random, in one of eight parts, and has each read again: it must satisfy its schema.
/// - Parameters:
///   - salt: of the seeds, so that no two tests have the same schemas.
///   - say: what is said under one schema, several times.
func expectValid(
    asCall: Bool, part: Int, salt: UInt64, _ say: (inout TokenConstraint, inout Seeded) throws -> [String]
) throws {
    for seed in 0..<UInt64(RandomWalkTests.schemas / 8) {
        var random = Seeded(seed << 8 | UInt64(part) | salt)
        var source = RandomSchema(random: random)
        let text = asCall ? source.object(0) : source.text()
        let schema = try JSONValue(parsing: Array(text.utf8))
        var constraint = try asCall ? TokenConstraint.call("look_at", text) : TokenConstraint.json(text)
        for said in try say(&constraint, &random) {
            var value = said
            if asCall {
                let call = try #require(CallReader.read(said), "\(said) is no call")
                #expect(call.name == "look_at")
                value = call.arguments
            }
            let problem = Validator.problem(try JSONValue(parsing: Array(value.utf8)), schema)
            #expect(problem == nil, "\(text) has said \(said)")
        }
    }
}
