public import StreamCore
public import Topology

extension KStream {
    /// Keeps the records for which `isIncluded` holds.
    ///
    /// ```swift
    /// payments.stream().filter { $0.value.cents > 0 }
    /// ```
    @inlinable public func filter(
        named name: String? = nil, _ isIncluded: @escaping @Sendable (Record<Key, Value>) throws -> Bool
    ) -> KStream<Key, Value> {
        wired("filter", named: name, formats: formats) { context, step, forward in
            { record in
                let keep: Bool?
                do {
                    keep = try isIncluded(record)
                } catch {
                    keep = try context.recover(error, at: step, .process) { try isIncluded(record) }
                }
                if keep == true { try forward(record) }
            }
        }
    }

    /// Drops the records for which `isExcluded` holds.
    @inlinable public func filterNot(
        named name: String? = nil, _ isExcluded: @escaping @Sendable (Record<Key, Value>) throws -> Bool
    ) -> KStream<Key, Value> {
        filter(named: name) { try !isExcluded($0) }
    }

    /// Keeps the values that `transform` makes something of.
    @inlinable public func compactMapValues<NewValue>(
        named name: String? = nil, _ transform: @escaping @Sendable (Value) throws -> NewValue?
    ) -> KStream<Key, NewValue> {
        flatMapValues(named: name) { value in try transform(value).map { [$0] } ?? [] }
    }
}
