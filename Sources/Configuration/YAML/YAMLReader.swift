import JSON

/// Makes a tree of YAML text: one document, scalars by the core schema of YAML 1.2, positions kept.
///
/// Refused, with line and column: a name twice in a mapping, aliases that contain themselves or grow beyond all measure,
/// deep nesting, tags outside the core schema, names that are no single values, a second document.
struct YAMLReader {
    /// How deep sections may nest.
    static let depthLimit = 64
    /// How many values a document may have after its aliases are expanded.
    static let nodeLimit = 100_000

    private let path: String
    private let text: String
    private var anchors: [String: (node: ConfigurationNode, count: Int)] = [:]
    private var open: Set<String> = []
    private var count = 0

    private init(_ text: String, path: String) {
        self.path = path
        self.text = text
    }

    /// The tree of `text`; nil for text without a document, or with an empty one.
    ///
    /// - Throws: ``ConfigurationError`` with line and column.
    static func read(_ text: String, path: String) throws(ConfigurationError) -> ConfigurationNode? {
        var reader = YAMLReader(text, path: path)
        do {
            return try YAMLEvents.reading(Array(text.utf8)) { events in try reader.document(events) }
        } catch let fault as YAMLFault {
            throw reader.explain(fault)
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw ConfigurationError("\(path): \(error)")
        }
    }

    private mutating func document(_ events: borrowing YAMLEvents) throws -> ConfigurationNode? {
        var root: ConfigurationNode?
        var documents = 0
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamEnd: return root.flatMap { $0.isNull ? nil : $0 }
            case .documentStart:
                documents += 1
                guard documents == 1 else {
                    throw error("a configuration is one document", event, hint: "'---' begins another: take it out")
                }
            case .documentEnd, .other: continue
            default: root = try node(event, events, depth: 0)
            }
        }
    }

    private func origin(_ event: YAMLEvent) -> ConfigurationOrigin {
        .file(path, line: event.line, column: event.column)
    }

    private func error(_ message: String, _ event: YAMLEvent, hint: String? = nil) -> ConfigurationError {
        ConfigurationError(message, at: origin(event), hint: hint)
    }

    private mutating func node(
        _ event: YAMLEvent, _ events: borrowing YAMLEvents, depth: Int
    ) throws -> ConfigurationNode {
        guard depth <= Self.depthLimit else {
            throw error("this is nested deeper than \(Self.depthLimit) levels", event)
        }
        let before = count
        try add(1, event)
        if case .alias(let name) = event.kind { return try expand(name, event) }
        if let anchor = event.anchor { open.insert(anchor) }
        let content = try content(of: event, events, depth: depth)
        let node = ConfigurationNode(content, at: origin(event))
        if let anchor = event.anchor {
            open.remove(anchor)
            anchors[anchor] = (node, count - before)
        }
        return node
    }

    private mutating func content(
        of event: YAMLEvent, _ events: borrowing YAMLEvents, depth: Int
    ) throws -> ConfigurationNode.Content {
        switch event.kind {
        case .scalar(let text, let isPlain): return .scalar(try scalar(text, isPlain: isPlain, event))
        case .sequenceStart:
            try check(tag: event, is: "seq")
            var nodes: [ConfigurationNode] = []
            while true {
                let next = try events.next()
                if case .sequenceEnd = next.kind { return .sequence(nodes) }
                nodes.append(try node(next, events, depth: depth + 1))
            }
        case .mappingStart:
            try check(tag: event, is: "map")
            return .mapping(try mapping(events, depth: depth))
        default: throw error("this is no value", event)
        }
    }

    private mutating func mapping(_ events: borrowing YAMLEvents, depth: Int) throws -> [ConfigurationEntry] {
        var entries: [ConfigurationEntry] = []
        var merged: [ConfigurationEntry] = []
        var places: [String: Int] = [:]
        while true {
            let key = try events.next()
            if case .mappingEnd = key.kind { break }
            let name = try name(key)
            let value = try node(try events.next(), events, depth: depth + 1)
            if name == "<<", case .scalar(_, true) = key.kind {
                merged += try entriesToMerge(value, key)
                continue
            }
            if let line = places[name] {
                throw error("'\(name)' is here twice: it is in line \(line) already", key, hint: "keep one of them")
            }
            places[name] = key.line
            entries.append(ConfigurationEntry(name, at: origin(key), value))
        }
        // What a mapping says itself wins over what it merges; of several merged ones the first wins.
        for entry in merged where places[entry.name] == nil {
            places[entry.name] = 0
            entries.append(entry)
        }
        return entries
    }

    private mutating func name(_ key: YAMLEvent) throws(ConfigurationError) -> String {
        try add(1, key)
        guard case .scalar(let text, _) = key.kind else {
            throw error("a name must be a single value, not a list, a section or an alias", key)
        }
        return text
    }

    private func entriesToMerge(
        _ value: ConfigurationNode, _ key: YAMLEvent
    ) throws(ConfigurationError) -> [ConfigurationEntry] {
        if let entries = value.entries { return entries }
        var found: [ConfigurationEntry] = []
        for node in value.elements ?? [] {
            guard let entries = node.entries else { throw error("'<<' takes sections only", key) }
            found += entries
        }
        guard value.elements != nil else { throw error("'<<' takes sections only", key) }
        return found
    }

    private mutating func expand(_ name: String, _ event: YAMLEvent) throws(ConfigurationError) -> ConfigurationNode {
        guard let found = anchors[name] else {
            throw open.contains(name)
                ? error("'*\(name)' stands inside of what it stands for", event)
                : error("there is no '&\(name)' before this '*\(name)'", event)
        }
        try add(found.count - 1, event)
        return found.node
    }

    private mutating func add(_ nodes: Int, _ event: YAMLEvent) throws(ConfigurationError) {
        count += nodes
        guard count <= Self.nodeLimit else {
            throw error("there are more than \(Self.nodeLimit) values, with aliases expanded", event)
        }
    }

    private func scalar(
        _ text: String, isPlain: Bool, _ event: YAMLEvent
    ) throws(ConfigurationError) -> ConfigurationScalar {
        guard let tag = event.tag else {
            return ConfigurationScalar(text, isPlain ? CoreSchema.value(ofPlain: text) : .string(text))
        }
        guard let value = CoreSchema.value(of: text, tagged: tag) else {
            throw error(
                "the tag '\(Self.short(tag))' does not fit here",
                event, hint: "tags of YAML's core schema are !!str, !!int, !!float, !!bool, !!null, !!seq and !!map")
        }
        return ConfigurationScalar(text, value)
    }

    private func check(tag event: YAMLEvent, is kind: String) throws(ConfigurationError) {
        guard let tag = event.tag, tag != "!", tag != "tag:yaml.org,2002:\(kind)" else { return }
        throw error("the tag '\(Self.short(tag))' does not fit here", event, hint: "take it out")
    }

    private static func short(_ tag: String) -> String {
        tag.hasPrefix("tag:yaml.org,2002:") ? "!!" + tag.dropFirst(18) : tag
    }

    /// libyaml's words with the cause that people meet most: tabs.
    private func explain(_ fault: YAMLFault) -> ConfigurationError {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let line = fault.line <= lines.count ? lines[fault.line - 1] : "".utf8[...]
        let indent = line.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let origin = ConfigurationOrigin.file(path, line: fault.line, column: fault.column)
        if indent.contains(UInt8(ascii: "\t")) {
            return ConfigurationError("a tab cannot indent in YAML", at: origin, hint: "indent with spaces")
        }
        return ConfigurationError("this is no YAML: \(fault.message)", at: origin)
    }
}
