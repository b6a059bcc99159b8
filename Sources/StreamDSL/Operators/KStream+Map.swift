public import StreamCore
public import Topology

extension KStream {
    /// Changes the value of each record; key, partition and timestamp stay.
    ///
    /// ```swift
    /// payments.stream().mapValues { $0.cents }
    /// ```
    @inlinable public func mapValues<NewValue>(
        named name: String? = nil, _ transform: @escaping @Sendable (Value) throws -> NewValue
    ) -> KStream<Key, NewValue> {
        wired("mapValues", named: name, formats: Formats(key: formats.key)) { context, step, forward in
            { record in
                let value: NewValue
                do {
                    value = try transform(record.value)
                } catch {
                    guard let again = try context.recover(error, at: step, .process, { try transform(record.value) })
                    else { return }
                    value = again
                }
                try forward(record.with(value: value))
            }
        }
    }

    /// Changes the value of each record by a function that sees the key too.
    @inlinable public func mapValues<NewValue>(
        named name: String? = nil, withKey transform: @escaping @Sendable (Key, Value) throws -> NewValue
    ) -> KStream<Key, NewValue> {
        operation("mapValues", named: name, formats: Formats(key: formats.key)) { record, forward in
            try forward(record.with(value: transform(record.key, record.value)))
        }
    }

    /// Makes any number of values of each value, in order; key and timestamp stay.
    @inlinable public func flatMapValues<NewValue, Values: Sequence>(
        named name: String? = nil, _ transform: @escaping @Sendable (Value) throws -> Values
    ) -> KStream<Key, NewValue> where Values.Element == NewValue {
        wired("flatMapValues", named: name, formats: Formats(key: formats.key)) { context, step, forward in
            { record in
                let values: Values
                do {
                    values = try transform(record.value)
                } catch {
                    guard let again = try context.recover(error, at: step, .process, { try transform(record.value) })
                    else { return }
                    values = again
                }
                for value in values { try forward(record.with(value: value)) }
            }
        }
    }

    /// Makes another key and value of each record; what groups or joins the result repartitions it.
    ///
    /// - Parameters:
    ///   - name: names the step, and the repartition topic if a later step needs one.
    ///   - transform: gives the new key and value; the timestamp stays.
    /// - Returns: the new records; their keys count as changed.
    @inlinable public func map<NewKey, NewValue>(
        named name: String? = nil,
        _ transform: @escaping @Sendable (Record<Key, Value>) throws -> (NewKey, NewValue)
    ) -> KStream<NewKey, NewValue> {
        operation("map", named: name, partitioning: changed("map", name)) { record, forward in
            let (key, value) = try transform(record)
            try forward(Record(key: key, value: value, timestamp: record.timestamp))
        }
    }

    /// Makes any number of records of each record; what groups or joins the result repartitions it.
    ///
    /// - Parameters:
    ///   - name: names the step, and the repartition topic if a later step needs one.
    ///   - transform: gives the new keys and values, in order; the timestamp stays.
    /// - Returns: the new records; their keys count as changed.
    @inlinable public func flatMap<NewKey, NewValue>(
        named name: String? = nil,
        _ transform: @escaping @Sendable (Record<Key, Value>) throws -> [(NewKey, NewValue)]
    ) -> KStream<NewKey, NewValue> {
        operation("flatMap", named: name, partitioning: changed("flatMap", name)) { record, forward in
            for (key, value) in try transform(record) {
                try forward(Record(key: key, value: value, timestamp: record.timestamp))
            }
        }
    }

    /// Gives each record a new key; what groups or joins it next repartitions it under `name`.
    ///
    /// ```swift
    /// payments.stream().rekey(named: "by-merchant") { $0.value.merchant }
    /// ```
    @inlinable public func rekey<NewKey>(
        named name: String, by key: @escaping @Sendable (Record<Key, Value>) throws -> NewKey
    ) -> KStream<NewKey, Value> {
        wired(
            "rekey", named: name, formats: Formats(value: formats.value), partitioning: changed("rekey", name)
        ) { context, step, forward in
            { record in
                let new: NewKey
                do {
                    new = try key(record)
                } catch {
                    guard let again = try context.recover(error, at: step, .process, { try key(record) }) else {
                        return
                    }
                    new = again
                }
                try forward(record.with(key: new))
            }
        }
    }

    @usableFromInline func changed(_ kind: String, _ name: String?) -> Partitioning {
        .changed(step: name ?? "\(label).\(kind)", name: name)
    }
}
