/// The marks of the call syntax, each one token: `<|tool_call>call:NAME{KEY:VALUE,…}<tool_call|>`, strings between two quotes.
public enum CallSyntax {
    public static let quote = "<|\"|>"
    public static let open = "<|tool_call>"
    public static let close = "<tool_call|>"
}
