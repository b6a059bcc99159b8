/// What happened to one key of a table.
public struct Change<Value> {
    /// The value now; nil means the key was deleted.
    public var new: Value?
    /// The value before; nil means there was none.
    public var old: Value?

    /// A change.
    @inlinable public init(new: Value?, old: Value?) {
        self.new = new
        self.old = old
    }
}

extension Change: Sendable where Value: Sendable {}
extension Change: Equatable where Value: Equatable {}
