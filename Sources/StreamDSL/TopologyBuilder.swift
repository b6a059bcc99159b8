public import Topology

extension StreamTopology {
    /// The graph whose ends `content` lists.
    ///
    /// ```swift
    /// try StreamTopology("copy") { Self.lines.stream().filter { !$0.value.isEmpty }.to(Self.kept) }
    /// ```
    ///
    /// - Parameters:
    ///   - name: the application's name: consumer group, prefix of internal topics and state.
    ///   - errors: what happens to records that fail.
    ///   - content: statements that end in `to` or `forEach`; bind other streams with `let`.
    /// - Throws: ``TopologyError`` when names clash, nothing leaves the graph, or sources contradict each other.
    public init(
        _ name: String, errors: ErrorPolicy = ErrorPolicy(),
        @TopologyBuilder _ content: () throws -> [Terminal]
    ) throws {
        try self.init(name, errors: errors, terminals: content())
    }
}

/// A part of a topology that is a statement by itself.
public protocol TopologyStatement: Sendable {
    /// The nodes in which it ends.
    var terminals: [Terminal] { get }
}

/// Collects what leaves a topology; what lies upstream is found by walking.
@resultBuilder
public enum TopologyBuilder {
    /// One statement.
    public static func buildExpression(_ terminal: Terminal) -> [Terminal] { [terminal] }

    /// Statements that are at hand as a list.
    public static func buildExpression(_ terminals: [Terminal]) -> [Terminal] { terminals }

    /// A statement of several ends.
    public static func buildExpression(_ statement: some TopologyStatement) -> [Terminal] { statement.terminals }

    /// All statements of a block, in order.
    public static func buildBlock(_ parts: [Terminal]...) -> [Terminal] { parts.flatMap { $0 } }

    /// The statements under an `if` without an `else`; none where it does not hold.
    public static func buildOptional(_ part: [Terminal]?) -> [Terminal] { part ?? [] }

    /// The statements under an `if`, or under an early case of a `switch`.
    public static func buildEither(first part: [Terminal]) -> [Terminal] { part }

    /// The statements under an `else`, or under a later case of a `switch`.
    public static func buildEither(second part: [Terminal]) -> [Terminal] { part }

    /// The statements of all rounds of a loop, in order.
    public static func buildArray(_ parts: [[Terminal]]) -> [Terminal] { parts.flatMap { $0 } }

    /// The statements under an availability check.
    public static func buildLimitedAvailability(_ part: [Terminal]) -> [Terminal] { part }

    /// Says at compile time that a stream by itself is no statement.
    @available(
        *, unavailable, message: "this stream goes nowhere: end it with 'to' or 'forEach', or bind it with 'let'"
    )
    public static func buildExpression<Key, Value>(_ stream: KStream<Key, Value>) -> [Terminal] { [] }

    /// Says at compile time that a table by itself is no statement.
    @available(
        *, unavailable, message: "this table goes nowhere: end it with 'changes().to', or bind it with 'let'"
    )
    public static func buildExpression<Key, Value>(_ table: KTable<Key, Value>) -> [Terminal] { [] }
}
