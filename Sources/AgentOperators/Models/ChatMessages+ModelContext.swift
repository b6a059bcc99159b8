public import ChatModels

/// A conversation can be told what is remembered.
extension [ChatMessage]: ModelContext {
    /// Appends instructions.
    public mutating func append(systemMessage text: String) { append(.system(text)) }
}
