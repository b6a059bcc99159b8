import StateStores
public import StreamCore
public import StreamDSL
import Topology

extension KStream where Key: Hashable & Codable {
    /// Makes a read model of events: a table with a row for each aggregate.
    ///
    /// An event is taken into its row once, by its version: one that comes again changes nothing. Read the store by the
    /// table, by queries, or with `tributary stores`; give `store` a new name, in an application of a new name, to rebuild it
    /// from the topic.
    ///
    /// - Parameters:
    ///   - name: names the step.
    ///   - store: names the store of ``ProjectionRow``s.
    ///   - initial: what a row begins as.
    ///   - apply: takes an event into a row.
    /// - Returns: the table.
    public func project<Event, View>(
        named name: String, store: String, initial: View,
        _ apply: @escaping @Sendable (inout View, EventMessage<Event>, Key) throws -> Void
    ) -> KTable<Key, ProjectionRow<View>> where Value == EventMessage<Event> {
        let rows = partitionedByKey(named: name, for: name, value: .json())
            .mapValues(named: "\(name)-source", withKey: { ProjectedEvent(source: $0, event: $1) })
        return Projection(name: name, store: store, initial: initial, isWhole: true, apply: apply).table(rows)
    }

    /// Makes a read model of events: a table with a row for each of what `row` names, of many aggregates.
    ///
    /// As ``project(named:store:initial:_:)``, through a repartition topic called `name`.
    ///
    /// - Parameters:
    ///   - name: names the step and the repartition topic.
    ///   - store: names the store of ``ProjectionRow``s.
    ///   - initial: what a row begins as.
    ///   - row: the row that shows an event; nil when none does.
    ///   - apply: takes an event, of the aggregate that the key names, into a row.
    /// - Returns: the table.
    public func project<Event, Row: Hashable & Codable & Sendable, View>(
        named name: String, store: String, initial: View,
        by row: @escaping @Sendable (Record<Key, EventMessage<Event>>) throws -> Row?,
        _ apply: @escaping @Sendable (inout View, EventMessage<Event>, Key) throws -> Void
    ) -> KTable<Row, ProjectionRow<View>> where Value == EventMessage<Event> {
        let rows: KStream<Row, ProjectedEvent<Key, Event>> = flatMap(named: "\(name)-row") { record in
            guard let row = try row(record) else { return [] }
            return [(row, ProjectedEvent(source: record.key, event: record.value))]
        }.repartition(named: name, value: .json())
        return Projection(name: name, store: store, initial: initial, isWhole: false, apply: apply).table(rows)
    }
}

/// A projection's parts.
private struct Projection<Source: Hashable & Codable & Sendable, Event: Codable & Sendable, View: Codable & Sendable> {
    let name: String
    let store: String
    let initial: View
    /// Whether a row shows all events of its aggregate, so that one that is left out is missing.
    let isWhole: Bool
    let apply: @Sendable (inout View, EventMessage<Event>, Source) throws -> Void

    func table<Row: Hashable & Codable & Sendable>(
        _ events: KStream<Row, ProjectedEvent<Source, Event>>
    ) -> KTable<Row, ProjectionRow<View>> {
        let (rows, mistakes) = StoreDefinition<Row, ProjectionRow<View>>.resolving(
            store, Formats(key: events.formats.key, value: .json()))
        let versions = StoreDefinition<Bytes, Int64>.keyValue("\(store)-versions", key: .bytes, value: .int64)
        let (initial, isWhole, apply) = (initial, isWhole, apply)
        let node = PlanNode(
            name, isNamedByUser: true, .operation("project"), parents: [events.node],
            stores: [StoreDeclaration(rows), StoreDeclaration(versions)], mistakes: mistakes
        ) { wiring, node in
            let (context, step) = (wiring.context, wiring.label(of: node))
            let forward = try wiring.downstream(of: node, carrying: Record<Row, Change<ProjectionRow<View>>>.self)
            let (table, seen) = (try wiring.keyValueStore(rows), try wiring.keyValueStore(versions))
            events.receive(in: wiring) { record in
                let event = record.value.event
                do {
                    let name = try Self.name(record.key, record.value.source, rows.key)
                    let last = try seen.get(name) ?? 0
                    guard event.version > last else { return context.count("events_repeated", step: step) }
                    if isWhole, event.version > last + 1 { context.count("events_missing", step: step) }
                    let old = try table.get(record.key)
                    var view = old?.view ?? initial
                    try apply(&view, event, record.value.source)
                    let new = ProjectionRow(
                        view: view, version: (old?.version ?? 0) + 1,
                        position: "\(context.source)@\(context.current?.offset ?? -1)",
                        updatedAt: max(old?.updatedAt ?? 0, record.timestamp.milliseconds))
                    try seen.put(name, event.version, at: record.timestamp)
                    try table.put(record.key, new, at: record.timestamp)
                    try forward(record.with(value: Change(new: new, old: old)))
                } catch {
                    try context.fail(error, at: step, .process)
                }
            }
        }
        return KTable(node: node, definition: rows)
    }

    /// What the last version of `source` in `row` is kept under: the row with its length, then the source.
    private static func name<Row>(_ row: Row, _ source: Source, _ serde: Serde<Row>) throws -> Bytes {
        let row = try serde.encode(row) ?? .empty
        var writer = ByteWriter()
        writer.append(varint: UInt64(row.count))
        writer.append(row)
        writer.append(try Serde<Source>.json().encode(source) ?? .empty)
        return Bytes(writer.bytes)
    }
}
