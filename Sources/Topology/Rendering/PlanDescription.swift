public import StateStores
import StreamCore

/// A topology as plain data: what tools print, draw and compare, and what the manifest of an application holds.
public struct PlanDescription: Sendable, Hashable, Codable {
    /// A node.
    public struct Node: Sendable, Hashable, Codable {
        /// What a node is, in Kafka's words.
        public enum Kind: String, Sendable, Hashable, Codable {
            /// Reads a topic.
            case source
            /// Anything between.
            case processor
            /// Writes a topic.
            case sink
        }

        /// Its name.
        public var name: String
        /// What it is.
        public var kind: Kind
        /// What it does: `filter`, `aggregate`, …; `stream`, `table`, `inbox` or `repartition` for sources and sinks.
        public var operation: String
        /// The topic it reads or writes, full name.
        public var topic: String?
        /// How many partitions an internal topic is to have, where the topology says so.
        public var partitions: Int32?
        /// The stores it uses.
        public var stores: [String]
        /// The nodes it sends records to.
        public var successors: [String]
        /// The nodes it gets records from.
        public var predecessors: [String]
    }

    /// A connected part.
    public struct Part: Sendable, Hashable, Codable {
        /// The subtopology's number.
        public var number: Int32
        /// Its nodes, parents before children.
        public var nodes: [Node]
    }

    /// A store with its changelog.
    public struct Store: Sendable, Hashable, Codable {
        /// Name, kind and formats.
        public var specification: StoreSpecification
        /// The subtopology whose tasks have it.
        public var subtopology: Int32
        /// The topic that holds its changes; nil when they are not logged.
        public var changelog: String?
    }

    /// The formats of a topic's records, as ``Serde/description``.
    public struct Formats: Sendable, Hashable, Codable {
        /// The keys' format.
        public var key: String
        /// The values' format.
        public var value: String
    }

    /// The application.
    public var application: String
    /// What identifies the durable shape: see ``StreamTopology/fingerprint``.
    public var fingerprint: String
    /// The parts.
    public var subtopologies: [Part]
    /// The stores, by name.
    public var stores: [String: Store]
    /// The formats of the topics that it reads and writes, by full name.
    public var topics: [String: Formats]
    /// The topics of the global tables, by table; nil when there are none.
    public var globalTables: [String: String]?
    /// The topics of one partition, compacted, that it makes itself and others read; nil when there are none.
    public var tableTopics: [String]?
}

extension StreamTopology {
    /// This topology as plain data.
    public var plan: PlanDescription {
        var stores: [String: PlanDescription.Store] = [:]
        for subtopology in subtopologies {
            for store in subtopology.stores {
                stores[store.specification.name] = PlanDescription.Store(
                    specification: store.specification, subtopology: subtopology.number,
                    changelog: store.specification.isLogged ? changelogTopic(of: store) : nil)
            }
        }
        return PlanDescription(
            application: name, fingerprint: fingerprint, subtopologies: subtopologies.map(describe), stores: stores,
            topics: formats,
            globalTables: globalTables.isEmpty
                ? nil : Dictionary(globalTables.map { ($0.name, $0.topic) }) { first, _ in first },
            tableTopics: sharedTables.isEmpty ? nil : sharedTables)
    }

    private func describe(_ subtopology: Subtopology) -> PlanDescription.Part {
        var successors: [String: [String]] = [:]
        for node in subtopology.nodes {
            for parent in node.parents + node.controls {
                successors[label(of: parent), default: []].append(label(of: node))
            }
        }
        let nodes = subtopology.nodes.map { node in
            PlanDescription.Node(
                name: label(of: node), kind: node.kind, operation: node.operation, topic: topic(of: node),
                partitions: node.fixedPartitions,
                stores: node.stores.map(\.specification.name) + node.uses,
                successors: successors[label(of: node)] ?? [],
                predecessors: (node.parents + node.controls).map { label(of: $0) })
        }
        return PlanDescription.Part(number: subtopology.number, nodes: nodes)
    }

    private var formats: [String: PlanDescription.Formats] {
        var formats: [String: PlanDescription.Formats] = [
            deadLetterTopic: PlanDescription.Formats(key: "auto", value: "auto")
        ]
        for node in nodes {
            guard let topic = topic(of: node) else { continue }
            switch node.role {
            case .sink(_, let key, let value), .repartitionSink(_, _, let key, let value),
                .inbox(_, _, let key, let value):
                formats[topic] = PlanDescription.Formats(key: key, value: value)
            case .source(_, let serdes, _):
                let parts = serdes.split(separator: " ", maxSplits: 1).map(String.init)
                if formats[topic] == nil, parts.count == 2 {
                    formats[topic] = PlanDescription.Formats(key: parts[0], value: parts[1])
                }
            case .repartitionSource, .operation: break
            }
        }
        return formats
    }

    /// What identifies the durable shape: subtopologies with their topics, stores and formats.
    ///
    /// Steps without state do not count: a filter more or less leaves the fingerprint, and so the state, alone.
    public var fingerprint: String {
        var hash = FNV1a()
        hash.add(name)
        for subtopology in subtopologies {
            hash.add("subtopology")
            for source in subtopology.sources.compactMap(topic(of:)).sorted() { hash.add(source) }
            for store in subtopology.stores.map(\.specification).sorted(by: { $0.name < $1.name }) {
                hash.add("\(store.name) \(store.kind) \(store.keySerde) \(store.valueSerde)")
            }
        }
        return hash.hex
    }
}

extension PlanNode {
    var kind: PlanDescription.Node.Kind {
        switch role {
        case .source, .repartitionSource, .inbox: .source
        case .sink, .repartitionSink: .sink
        case .operation: .processor
        }
    }

    /// The partition count that the topology gives an internal topic.
    var fixedPartitions: Int32? {
        switch role {
        case .repartitionSink(_, let count, _, _), .inbox(_, let count, _, _): count
        default: nil
        }
    }

    var operation: String {
        switch role {
        case .source(_, _, let isTable): isTable ? "table" : "stream"
        case .repartitionSource, .repartitionSink: "repartition"
        case .inbox: "inbox"
        case .sink: "to"
        case .operation(let kind): kind
        }
    }
}

/// The 64-bit FNV-1a hash: the same in every process and on every machine.
package struct FNV1a {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    package mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte) }
        add(0)
    }

    private mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }

    package var hex: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
