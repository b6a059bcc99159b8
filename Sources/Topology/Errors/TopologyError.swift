/// A topology that cannot run, or that must not run here, and what to change.
public struct TopologyError: Error, Sendable, CustomStringConvertible {
    /// The kind of mistake.
    ///
    /// More may come.
    public enum Code: String, Sendable, Hashable {
        /// Two nodes, stores or internal topics have one name.
        case duplicateName
        /// A name that no topic, store or folder can have.
        case invalidName
        /// Nothing leaves the graph.
        case noSink
        /// One topic is read with different serdes, or both as a stream and as a table.
        case conflictingSources
        /// A stateful step follows a key change and has no name for the repartition topic.
        case missingRepartitionName
        /// The inputs of one subtopology have different partition counts.
        case notCoPartitioned
        /// A topic that must exist does not.
        case missingTopic
        /// A topic of the application's own is gone that held its state or records on their way.
        case vanishedTopic
        /// A committed position is missing or cannot be right: records would be left out or processed again.
        case lostPosition
        /// Stored state belongs to another plan.
        case incompatiblePlan
        /// A step asks for a store that it did not declare.
        case unknownStore
        /// A setting that makes no sense.
        case invalidSetting
    }

    /// The kind of mistake.
    public let code: Code
    /// What is wrong, with names, and what to change.
    public let message: String

    /// A mistake.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
