/// The messages that a model is given, as far as a memory has to do with them.
public protocol ModelContext {
    /// Appends a system message.
    mutating func append(systemMessage text: String)
}

extension SharedMemory {
    /// Appends what is remembered to a model's context, as one system message; nothing when nothing is.
    ///
    /// The message is that of AutoGen's `ListMemory`: a heading and a numbered line for each item, oldest first.
    ///
    /// - Parameters:
    ///   - context: the messages.
    ///   - query: what of the memory; all of it, as there, when nil.
    /// - Returns: the items in the message, oldest first.
    /// - Throws: as ``query(_:)``.
    @discardableResult
    public func updateContext(
        _ context: inout some ModelContext, with query: MemoryQuery? = nil
    ) async throws -> [MemoryItem] {
        let items = try await self.query(query ?? .recent(.max)).map(\.item).sorted { $0.sequence < $1.sequence }
        if let text = MemoryItem.contextMessage(items) { context.append(systemMessage: text) }
        return items
    }
}

extension MemoryItem {
    /// The system message that tells a model what is remembered, in the order given; nil when nothing is.
    public static func contextMessage(_ items: [MemoryItem]) -> String? {
        guard !items.isEmpty else { return nil }
        let lines = items.enumerated().map { "\($0.offset + 1). \($0.element.content.summary)\n" }.joined()
        return "\nRelevant memory content (in chronological order):\n" + lines
    }
}
