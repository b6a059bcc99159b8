import Foundation

/// Which module may import which: arrows point down only, and C stays where it is wrapped.
enum ModuleArrows {
    private static let second = [
        "EventLog", "StateStores", "JSON", "HTTPServer", "MemoryIndex",
    ]
    private static let third = [
        "Console", "ChatModels", "Schemas", "Configuration", "Observability", "ModelContextProtocol",
    ]
    private static let upToTopology = ["StreamCore"] + second + third + ["RegistryService", "Topology"]
    private static let upToDSL = upToTopology + ["Operations", "StreamDSL"]
    private static let packs = ["AutoGenKafka", "A2A", "TaskMarket", "Workflows"]
    private static let libraries = upToDSL + ["AgentOperators"] + packs

    /// For each of our targets, those of ours that it may import.
    static let allowed: [String: Set<String>] = {
        var allowed: [String: Set<String>] = ["StreamCore": []]
        for module in second { allowed[module] = ["StreamCore"] }
        for module in third { allowed[module] = ["StreamCore", "JSON"] }
        allowed["ChatModels"]?.insert("Schemas")
        allowed["Configuration"]?.insert("Console")
        for module in ["Observability", "ModelContextProtocol"] { allowed[module]?.insert("HTTPServer") }
        allowed["RegistryService"] = ["StreamCore", "JSON", "Schemas", "HTTPServer", "EventLog"]
        allowed["Topology"] = Set(["StreamCore", "Observability"] + second).subtracting(["MemoryIndex"])
        allowed["Operations"] = Set(upToTopology)
        allowed["StreamDSL"] = Set(upToTopology + ["Operations"])
        allowed["AgentOperators"] = Set(upToDSL)
        for pack in packs { allowed[pack] = Set(upToDSL + ["AgentOperators"]) }
        allowed["StreamTesting"] = Set(upToDSL)
        allowed["tributary"] = Set(upToDSL + ["AgentOperators"])
        allowed["Benchmarks"] = Set(libraries + ["StreamTesting", "MockBrokers"])
        allowed["MockBrokers"] = []
        return allowed
    }()

    /// Where each C library may be imported.
    static let wrappers: [String: [String]] = [
        "CSQLite": ["Sources/EventLog/Embedded", "Sources/MemoryIndex/Keyword"],
        "CHNSW": ["Sources/MemoryIndex/Vector"],
        "CRdKafka": [
            "Sources/EventLog/Kafka", "Tests/EventLogTests", "Tests/Support/MockBrokers", "Benchmarks/RawKafka",
        ],
        "CRocksDB": ["Sources/StateStores/RocksDB"],
        "CMicroHTTPD": ["Sources/HTTPServer"],
        "CAvro": ["Sources/Schemas/Avro"],
        "CYAML": ["Sources/Configuration/YAML"],
        "CAllocationCounter": ["Benchmarks"],
        "CShims": ["Sources/EventLog/Embedded", "Sources/EventLog/Kafka", "Sources/StateStores/RocksDB"],
    ]

    /// What comes with the toolchain; there are no other dependencies.
    static let toolchain: Set<String> = [
        "Swift", "Foundation", "FoundationNetworking", "Dispatch", "Synchronization", "Glibc", "Musl", "Darwin",
    ]

    static func check(_ file: SourceFile) -> [Violation] {
        file.imports.compactMap { line, module in
            problem(with: module, in: file).map { file.violation(line, $0) }
        }
    }

    private static func problem(with module: String, in file: SourceFile) -> String? {
        if let places = wrappers[module] {
            return file.lies(in: places) ? nil : "import \(module) only in \(places.joined(separator: ", "))"
        }
        guard file.area != "Tests" else { return nil }
        if libraries.contains(module) || allowed[module] != nil {
            let mine = file.area == "Examples" ? Set(libraries) : allowed[file.target]
            guard let mine else { return "target \(file.target) has no place among the arrows: give it one here" }
            return mine.contains(module) ? nil : "\(file.target) must not import \(module): arrows point down only"
        }
        return toolchain.contains(module) ? nil : "\(module) is neither ours nor the toolchain's"
    }

    /// The dependencies that Package.swift declares must follow the arrows too.
    static func check(package: String) -> [Violation] {
        PackageManifest(package).targets.flatMap { target, dependencies -> [Violation] in
            guard let mine = allowed[target] else { return [] }
            return dependencies.filter { allowed[$0] != nil && !mine.contains($0) }.map {
                Violation(path: "Package.swift", line: 1, message: "\(target) must not depend on \($0)")
            }
        }
    }
}

/// The targets of a Package.swift written in the house's own helpers.
struct PackageManifest {
    /// Each target's name with the names of its dependencies.
    private(set) var targets: [String: [String]] = [:]

    init(_ text: String) {
        for opening in ["library(", "tests(", "arget(", "systemLibrary("] {
            for piece in text.components(separatedBy: opening).dropFirst() {
                let strings = piece.split(separator: "\"", omittingEmptySubsequences: false)
                guard strings.count > 1 else { continue }
                let list = piece.firstIndex(of: "[").map { piece[$0...].prefix { $0 != "]" } } ?? ""
                let isOwn = piece.prefix { $0 != ")" }.contains("[")
                let quoted = list.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                targets[String(strings[1])] =
                    isOwn ? quoted.filter { $0.offset % 2 == 1 }.map { String($0.element) } : []
            }
        }
    }

    /// Every folder of Sources and Tests must be a target.
    static func check(package: String, sources: [String], tests: [String]) -> [Violation] {
        let manifest = PackageManifest(package)
        return (sources.map { ("Sources", $0) } + tests.map { ("Tests", $0) })
            .filter { manifest.targets[$0.1] == nil }
            .map { Violation(path: "\($0.0)/\($0.1)", line: 1, message: "no target of Package.swift has this folder") }
    }
}
