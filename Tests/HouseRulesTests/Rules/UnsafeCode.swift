/// Pointers and unchecked promises stay in the folders that wrap something, each with a reason beside it.
enum UnsafeCode {
    /// The folders that wrap C, and the few files that lay bytes out.
    static let places = [
        "Sources/EventLog/Embedded", "Sources/EventLog/Kafka", "Sources/StateStores/RocksDB",
        "Sources/MemoryIndex/Keyword", "Sources/MemoryIndex/Vector",
        "Sources/StreamCore/Bytes",
        "Sources/HTTPServer/Connections", "Sources/ChatModels/HTTP",
        "Sources/Configuration/YAML",
        "Sources/StreamCore/Serdes", "Sources/StreamCore/Records/Murmur2.swift",
    ]

    static func check(_ file: SourceFile, exceptions: [RuleException] = RuleException.all) -> [Violation] {
        guard file.area == "Sources" else { return [] }
        var found: [Violation] = []
        for (index, line) in file.code.enumerated() {
            let isPromise =
                line.contains("@unchecked") || line.contains("nonisolated(unsafe)") || line.contains("unsafeBitCast")
            guard isPromise || namesPointer(line) else { continue }
            if exceptions.contains(where: { $0.path == file.path && line.contains($0.word) }) { continue }
            if !file.lies(in: places) {
                found.append(
                    file.violation(index + 1, "pointers and unchecked promises only where something is wrapped"))
            } else if isPromise, !hasReason(file, at: index) {
                found.append(file.violation(index + 1, "say in a comment beside it why this is safe"))
            }
        }
        return found
    }

    private static func namesPointer(_ line: String) -> Bool {
        line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.contains {
            $0.hasPrefix("Unsafe") || $0 == "OpaquePointer"
        }
    }

    private static func hasReason(_ file: SourceFile, at index: Int) -> Bool {
        file.comments[max(0, index - 2)...index].contains { $0.contains("//") }
    }
}
