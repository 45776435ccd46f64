import Checkpoint
public import Tensors

extension AudioEncoder {
    /// Columns of the tower's output.
    public var towerOutputWidth: Int { configuration.outputProjectionSize }

    /// Adds samples, and gives what the tower computed before the decoder's embedder, for other heads than the decoder.
    /// - Parameter towerOutput: gets a row for each soft token returned, `[n, towerOutputWidth]` in all.
    /// - Returns: the soft tokens that are now due, `[n, outputWidth]`; often none.
    public func push(samples: [Float], into state: inout State, towerOutput: inout Matrix) -> Matrix {
        var passes: [Matrix] = []
        let tokens = push(samples: samples, into: &state) { if $0 == .towerOutput { passes.append($1) } }
        for output in passes { towerOutput.append(output) }
        return tokens
    }

    /// Ends the clip, as `finish` does, with the tower's output as above.
    public func finish(_ state: inout State, towerOutput: inout Matrix) -> Matrix {
        var passes: [Matrix] = []
        let tokens = finish(&state) { if $0 == .towerOutput { passes.append($1) } }
        for output in passes { towerOutput.append(output) }
        return tokens
    }
}
